import assert from 'node:assert/strict'
import test from 'node:test'
import type { Db } from '../../../server/db/db.ts'
import { verbatim } from '../../../server/db/sql.ts'
import { randomFrom } from '../../random.ts'
import { isThorough } from '../../thorough.ts'
import type { Call, Route } from '../../attacks/calls.ts'
import type { Ids } from '../../attacks/world.ts'
import { startProcesses, writes, type World } from '../processes.ts'

// Two changes of the same things at once, through different processes: answers and what is read afterwards are those of one
// after the other, in either order. REGISTER_SEED repeats a run.

const seed = Number(process.env['REGISTER_SEED'] ?? Date.now() % 1_000_000)
const random = randomFrom(seed)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** How often each pair meets, how many pairs are tried, and how many at once. */
const rounds = isThorough ? 8 : 3
const pairsMost = isThorough ? Infinity : 6
const atOnce = 4

interface Write {
  route: Route
  call(ids: Ids): Call
}

interface Body {
  required?: string[]
  properties?: Record<string, { enum?: unknown[] }>
}

/** Of what a call may say, some; and in its own words. */
const varied = ({ route, call }: Write, tag: string): Write => {
  const { required = [], properties = {} } = (route.schema.body ?? {}) as Body
  const isKept = Object.fromEntries(Object.keys(properties).map((name) => [name, random() < 0.5] as const))
  const choices = Object.fromEntries(
    Object.entries(properties).map(([name, { enum: values }]) => [name, values && pick(values)] as const),
  )
  const worded = (name: string, value: unknown): unknown => {
    if (choices[name] !== undefined) return choices[name]
    if (/^(name|title|subject|contentText)$/.test(name)) return `${String(value)} ${tag}`
    if (name === 'phone') return `+1-555-010${tag}`
    if (name === 'avatarUrl') return `https://example.com/${tag}.png`
    return name === 'email' && route.method === 'PATCH' ? `${tag}-${String(value)}` : value
  }
  const reworded = (body: Record<string, unknown>) => {
    const names = Object.keys(body)
    const optional = names.filter((name) => !required.includes(name))
    const kept = names.filter((name) => required.includes(name) || isKept[name])
    const chosen = kept.length > 0 ? kept : optional.slice(0, 1)
    // kind goes with what it takes
    return 'kind' in body ? body : Object.fromEntries(chosen.map((name) => [name, worded(name, body[name])]))
  }
  return {
    route,
    call: (ids) => {
      const { body, ...rest } = call(ids)
      return body ? { ...rest, body: reworded(body) } : rest
    },
  }
}

/** Without what is another one each time: ids, times, secrets, and the order of lists. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value === 'string')
    return value
      .replace(/\b(wrk|ctc|thd|msg|agt|chn|rpl|key|ses|inv|req)_\w+/g, '$1_')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replace(/(inbox_|invitation\/|pk_)\w+/g, '$1')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, name === 'hint' || name === 'cursor' ? null : plain(field)]),
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

type Meeting = [Write, Write]

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
const isOfContact = ({ route }: Write) => /\/contacts(\/:contactId)?$/.test(route.url)

test(`changes at once are as one after the other (seed ${seed})`, { timeout: 3_600_000 }, async (t) => {
  const { db, newWorld } = await startProcesses(t)
  if (db.engine === 'postgres') await slowDown(db)
  const anomalies: string[] = []
  let met = 0

  const make = (world: World, { route, call }: Write) => world.make(route, call(world.ids))
  const serially = async ([one, other]: Meeting, isReversed: boolean) => {
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
  const meet = async (pair: Meeting) => {
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

  const every = writes.flatMap((one, i) => writes.slice(i).map((other): Meeting => [one, other]))
  // what two do with one contact comes first: most is written there
  const placeOf = (pair: Meeting) => random() + (pair.every(isOfContact) ? 0 : 1)
  const shuffled = every.map((pair) => ({ pair, at: placeOf(pair) })).toSorted((a, b) => a.at - b.at)
  const pairs = shuffled
    .slice(0, pairsMost)
    .map(({ pair: [one, other] }): Meeting => [varied(one, '1'), varied(other, '2')])
  const waiting = [...pairs]
  const worker = async () => {
    for (let pair = waiting.pop(); pair; pair = waiting.pop()) await meet(pair)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  t.diagnostic(`seed ${seed}: ${pairs.length} of ${every.length} pairs, ${met} meetings, ${anomalies.length} anomalies`)
  assert.deepEqual(anomalies, [])
})
