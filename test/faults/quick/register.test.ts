import assert from 'node:assert/strict'
import test from 'node:test'
import type { Db } from '../../../server/db/db.ts'
import { verbatim } from '../../../server/db/sql.ts'
import { randomFrom } from '../../random.ts'
import { isThorough } from '../../thorough.ts'
import type { Call } from '../../attacks/calls.ts'
import type { Route } from '../../attacks/routes.ts'
import { missing, type Ids } from '../../attacks/world.ts'
import { startProcesses, writes, type World } from '../processes.ts'

// Two changes of the same things at once, through different processes: answers and what is read afterwards are those of one
// after the other, in either order. REGISTER_SEED repeats a run.

const seed = Number(process.env['REGISTER_SEED'] ?? Date.now() % 1_000_000)
const random = randomFrom(seed)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** How often each pair meets, and how many pairs at once. */
const rounds = 2
const atOnce = 4
/** What `npm test` tries of the pairs besides those that it always tries. */
const othersMost = isThorough ? Infinity : 4

interface Write {
  route: Route
  call(ids: Ids): Call
}
type Pair = [Write, Write]

interface Body {
  required?: string[]
  properties?: Record<string, { enum?: unknown[] }>
}

const bodySchema = ({ route }: Write): Body => route.schema.body ?? {}

/** What a call may say and need not. */
const optionalOf = (write: Write): string[] => {
  const { body = {} } = write.call({ workspaceId: '', ...missing() })
  return Object.keys(body).filter((name) => !bodySchema(write).required?.includes(name))
}

/**
 * Each says something that the other one leaves out: where one writes back what it has read, that is lost. What is left goes
 * to either of them or to both.
 */
const varied = ([one, other]: Pair): Pair => {
  const ofOne = pick(optionalOf(one))
  const ofOther = pick(optionalOf(other).filter((name) => name !== ofOne))
  const says: [Set<unknown>, Set<unknown>] = [new Set([ofOne]), new Set([ofOther])]
  for (const name of new Set([...optionalOf(one), ...optionalOf(other)])) {
    const share = Math.floor(random() * 3)
    if (name === ofOne || name === ofOther) continue
    if (share !== 0) says[0].add(name)
    if (share !== 1) says[1].add(name)
  }
  return [worded(one, '1', says[0]), worded(other, '2', says[1])]
}

/** A call that says so much of what it need not, in its own words. */
const worded = (write: Write, tag: string, says: Set<unknown>): Write => {
  const { required = [], properties = {} } = bodySchema(write)
  // whoever is known already takes nothing but a name from a POST
  const isKept = (name: string) =>
    required.includes(name) || says.has(name) || (write.route.method === 'POST' && name === 'name')
  const choices = Object.fromEntries(
    Object.entries(properties).map(([name, { enum: values }]) => [name, values && pick(values)] as const),
  )
  const word = (name: string, value: unknown): unknown => {
    if (choices[name] !== undefined) return choices[name]
    if (/^(name|title|subject|contentText)$/.test(name)) return `${String(value)} ${tag}`
    if (name === 'phone') return `+1-555-010${tag}`
    if (name === 'avatarUrl') return `https://example.com/${tag}.png`
    return name === 'email' && write.route.method === 'PATCH' ? `${tag}-${String(value)}` : value
  }
  const reworded = (body: Record<string, unknown>) => {
    // kind goes with what it takes
    const names = 'kind' in body ? [] : Object.keys(body).filter(isKept)
    return {
      ...('kind' in body ? body : {}),
      ...Object.fromEntries(names.map((name) => [name, word(name, body[name])])),
    }
  }
  return {
    ...write,
    call: (ids) => {
      const { body, ...rest } = write.call(ids)
      return body ? { ...rest, body: reworded(body) } : rest
    },
  }
}

/** What the jobs of the background change meanwhile, too. */
const isByTheWay = new Set(['hint', 'cursor', 'attempts', 'lastError', 'nextAttemptAt'])

/** Without what is another one each time: ids, times, secrets, addresses, and the order of lists. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value === 'string')
    return value
      .replace(/\b(wrk|ctc|thd|msg|agt|chn|rpl|key|ses|inv|req|fil)_\w+/g, '$1_')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replace(/(inbox_|pk_)\w+/g, '$1')
      .replace(/http:\/\/127.0.0.1:\d+\/invitation\/\w+/, 'invitation')
      .replace(/@\w{24}\.example/g, '@own.example')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, isByTheWay.has(name) ? null : plain(field)]),
  )
}

const stateOf = async ({ ask }: World): Promise<unknown[]> => {
  const read = async (path: string) => {
    const { status, body } = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100`)
    assert.equal(status, 200, path)
    return body
  }
  const lists = ['/customers', '/conversations', '/conversations?status=ARCHIVED', '/agents', '/channels', '/keys']
  const [customers, open, archived, ...others] = await Promise.all([...lists, '/saved-replies'].map(read))
  const conversations = [...open.conversations.items, ...archived.conversations.items]
  const details = [
    ...conversations.map(({ id }: { id: string }) => `/conversations/${id}/messages`),
    ...customers.customers.items.map(({ contact }: { contact: { id: string } }) => `/contacts/${contact.id}`),
  ].map(async (path) => (await ask('GET', path)).body)
  return [customers, conversations, ...others, ...(await Promise.all(details))]
}

/** Between what a transaction reads and what it writes there is time for another one. */
const slowDown = async (db: Db) => {
  await db.run(
    verbatim(`create function slow_down() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.02); return null; end $$`),
  )
  for (const table of ['agents', 'channels', 'contacts', 'conversations', 'saved_replies'])
    await db.run(
      verbatim(`create trigger slow_down before update on ${table} for each statement execute function slow_down()`),
    )
}

interface Made {
  world: World
  answers: Promise<{ status: number; body: unknown }>[]
  /** An erasure goes step by step, and whoever comes in between is told of the steps: only what is left counts. */
  isErasure: boolean
}

const outcomeOf = async ({ world, answers, isErasure }: Made): Promise<string> => {
  const told = await Promise.all(answers)
  for (const { status, body } of told) assert.ok(status < 500, `seed ${seed}: ${status} ${JSON.stringify(body)}`)
  return JSON.stringify([
    isErasure ? [] : told.map(({ status, body }) => plain([status, body])),
    plain(await stateOf(world)),
  ])
}

/** The last part that both have, and what comes then. */
const difference = (one: string, other: string): string => {
  const at = [...one].findIndex((sign, i) => sign !== other[i])
  return `${other.slice(Math.max(0, at - 200), at)} >>> ${other.slice(at, at + 200)}`
}

const isErasure = ({ route }: Write) => route.method === 'DELETE' && route.url.endsWith('/:contactId')

/** Most is written back by what changes a thing, and by what finds a contact or makes it. */
const isTriedAlways = ([one, other]: Pair): boolean =>
  [one, other].every(({ route }) => /^(POST|PATCH) .*\/contacts(\/:contactId)?$/.test(route.name)) ||
  (one === other && one.route.method === 'PATCH')

test(`changes at once are as one after the other (seed ${seed})`, { timeout: 3_600_000 }, async (t) => {
  const { db, newWorld } = await startProcesses(t)
  if (db.engine === 'postgres') await slowDown(db)
  const anomalies: string[] = []
  let met = 0

  const make = (world: World, { route, call }: Write) => world.make(route, call(world.ids))
  const serially = async ([one, other]: Pair, isReversed: boolean) => {
    const world = await newWorld()
    const first = make(world, isReversed ? other : one)
    await first
    const second = make(world, isReversed ? one : other)
    return outcomeOf({
      world,
      answers: isReversed ? [second, first] : [first, second],
      isErasure: isErasure(one) || isErasure(other),
    })
  }
  const meet = async (pair: Pair) => {
    const orders = [await serially(pair, false), await serially(pair, true)]
    for (let round = 0; round < rounds; round++) {
      const world = await newWorld()
      const outcome = await outcomeOf({
        world,
        answers: pair.map((write) => make(world, write)),
        isErasure: pair.some(isErasure),
      })
      met += 1
      if (orders.includes(outcome)) continue
      const said = pair.map(({ route, call }) => `${route.name} ${JSON.stringify(call(world.ids).body)}`)
      anomalies.push([...said, ...orders.map((order) => difference(order, outcome))].join('\n'))
    }
  }

  const every = writes.flatMap((one, i) => writes.slice(i).map((other): Pair => [one, other]))
  const others = every.filter((pair) => !isTriedAlways(pair)).map((pair) => ({ pair, at: random() }))
  const chosen = others.toSorted((a, b) => a.at - b.at).slice(0, othersMost)
  const pairs = [...every.filter(isTriedAlways), ...chosen.map(({ pair }) => pair)].map(varied)
  const waiting = [...pairs]
  const worker = async () => {
    for (let pair = waiting.pop(); pair; pair = waiting.pop()) await meet(pair)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  t.diagnostic(`seed ${seed}: ${pairs.length} of ${every.length} pairs, ${met} meetings, ${anomalies.length} anomalies`)
  assert.deepEqual(anomalies, [])
})
