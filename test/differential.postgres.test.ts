import assert from 'node:assert/strict'
import test from 'node:test'
import { type Answer, type Inbox, startApp } from './app.ts'

// The same requests, by chance but from a seed, to SQLite and to PostgreSQL: the same answers.

const requests = Number(process.env['DIFFERENTIAL_REQUESTS'] ?? 20_000)
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_123)

/** Mulberry32. */
const randomFrom = (start: number) => {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let n = Math.imul(state ^ (state >>> 15), 1 | state)
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n
    return ((n ^ (n >>> 14)) >>> 0) / 4_294_967_296
  }
}

const words = [
  'invoice Invoice refund delivery déliverie Straße strasse ΟΔΟΣ İstanbul ﬁnancial café naïve e\u0301 jane example.com',
  '東京都 京都 한국어 แจ้งหนี้ السلام привет 😀 🏳️‍🌈 a b zz 007 1234567890 +1-555-0123 o_o % * - --',
  `" ' AND OR NOT NEAR( ( ) \\ ;-- <b> \u200b ${'x'.repeat(80)}`,
].flatMap((line) => line.split(' '))
const people = ['jane', 'JANE', 'bob', 'straße', 'STRASSE', 'ann.lee', 'ann+tag', '用户', "o'hara", 'x'.repeat(60)]
const domains = [
  'example.com',
  'EXAMPLE.com',
  'sub.example.org',
  'exämple.com',
  'xn--exmple-cua.com',
  'localhost',
  'bad domain',
  '-x.com',
]

type Kind = 'contact' | 'conversation' | 'cursor' | 'agent'

/** One engine's side: what it calls the things that both sides have. */
class Side {
  readonly inbox: Inbox
  readonly known: Record<Kind, string[]> = {
    contact: ['ctc_none'],
    conversation: ['thd_none'],
    cursor: ['nonsense'],
    agent: ['agt_none'],
  }

  constructor(inbox: Inbox) {
    this.inbox = inbox
  }

  note(kind: Kind, id: unknown): void {
    const known = this.known[kind]
    if (typeof id === 'string' && !known.includes(id)) known.push(id)
  }
}

interface Plan {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete'
  path(side: Side): string
  body?: (side: Side) => unknown
}

const plan = (random: () => number): Plan => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const maybe = (chance: number) => random() < chance
  const text = (most = 6) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(words)).join(pick([' ', ' ', '\n', '-', '']))
  const email = `${pick(people)}${maybe(0.5) ? Math.floor(random() * 60) : ''}${maybe(0.97) ? '@' : ''}${pick(domains)}`
  const name = maybe(0.6) ? { name: text(3) } : {}
  const at = random()
  const one = (kind: Kind) => (side: Side) => side.known[kind][Math.floor(at * side.known[kind].length)]!
  const limit = pick(['', '', 'limit=1', 'limit=3', 'limit=20', 'limit=100', 'limit=0', 'limit=x', 'limit=1.5'])
  const query = (side: Side, ...parts: string[]) => {
    const cursor = maybeCursor ? `cursor=${one('cursor')(side)}` : ''
    return `?${[limit, cursor, ...parts].filter(Boolean).join('&')}`
  }
  const maybeCursor = maybe(0.3)
  const status = pick(['', '', 'status=ACTIVE', 'status=ARCHIVED', 'status=OPEN', 'status=CLOSED', 'status=GONE'])
  const q = `q=${encodeURIComponent([...text(3)].slice(0, pick([5, 30, 300])).join(''))}`
  const type = pick(['', '', 'type=contacts', 'type=conversations', 'type=messages'])
  const contents = { contentText: text(20) }
  // drawn here, once: both sides get the same
  const phone = maybe(0.3) ? { phone: pick(['+1-555-0123', '123', 'none', null]) } : {}
  const subject = text(5).replaceAll('\n', ' ')
  const newEmail = { email }
  const change = pick<object>([
    { name: text(3) },
    newEmail,
    { phone: null },
    { status: 'ARCHIVED' },
    { status: 'ACTIVE' },
    {},
    { nope: 1 },
  ])
  const kind = pick<object>([
    {},
    { direction: 'INBOUND' },
    { direction: 'INBOUND' },
    { note: true },
    { direction: 'SIDEWAYS' },
  ])
  const newStatus = pick(['OPEN', 'CLOSED', 'ARCHIVED', 'GONE'])
  const byContact = maybe(0.3)
  const messages = (side: Side) => `/conversations/${one('conversation')(side)}/messages`
  const choices: [weight: number, plan: Plan][] = [
    [
      10,
      {
        method: 'post',
        path: () => '/contacts',
        body: () => ({ email, ...name, ...phone }),
      },
    ],
    [
      3,
      {
        method: 'patch',
        path: (side) => `/contacts/${one('contact')(side)}`,
        body: () => change,
      },
    ],
    [8, { method: 'get', path: (side) => `/contacts/${one('contact')(side)}` }],
    [12, { method: 'get', path: (side) => `/customers${query(side, status)}` }],
    [
      6,
      {
        method: 'post',
        path: () => '/conversations',
        body: () => ({ email, ...name, subject, ...contents }),
      },
    ],
    [
      10,
      {
        method: 'get',
        path: (side) => `/conversations${query(side, status, byContact ? `contactId=${one('contact')(side)}` : '')}`,
      },
    ],
    [
      14,
      {
        method: 'post',
        path: messages,
        body: () => ({
          ...contents,
          ...kind,
        }),
      },
    ],
    [8, { method: 'get', path: (side) => messages(side) + query(side) }],
    [
      3,
      {
        method: 'put',
        path: (side) => `/conversations/${one('conversation')(side)}/status`,
        body: () => ({ status: newStatus }),
      },
    ],
    [3, { method: 'put', path: (side) => `/conversations/${one('conversation')(side)}/read` }],
    [
      2,
      {
        method: 'put',
        path: (side) => `/conversations/${one('conversation')(side)}/assignment`,
        body: (side) => ({ agentId: maybeCursor ? null : one('agent')(side) }),
      },
    ],
    [20, { method: 'get', path: (side) => `/search${query(side, q, type)}` }],
    [1, { method: 'get', path: () => '/agents' }],
    [0.4, { method: 'delete', path: (side) => `/contacts/${one('contact')(side)}` }],
  ]
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let left = random() * total
  return choices.find(([weight]) => (left -= weight) < 0)![1]
}

/** What an answer tells of things that later requests can name. */
const learn = (side: Side, body: any): void => {
  const visit = (value: any): void => {
    if (typeof value !== 'object' || value === null) return
    if (typeof value.id === 'string') side.note(kinds[value.id.slice(0, 3)] ?? 'contact', value.id)
    if (value.cursor) side.note('cursor', value.cursor)
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(body)
}

const kinds: Record<string, Kind> = { ctc: 'contact', thd: 'conversation', agt: 'agent', msg: 'cursor' }

/** Without what is each database's own: ids, times, cursors. */
const plain = ({ status, body }: Answer): string =>
  `${status} ${JSON.stringify(body ?? null)
    .replace(/"(ctc|thd|msg|agt)_\w+/g, '"$1')
    .replace(/(ctc|thd|msg|agt|req)_[0-9A-Za-z]{20,24}/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/"cursor":"[^"]+"/g, '"cursor":"…"')}`

/** Two things that happen in one millisecond have no order that both engines would have to share. */
const nextMillisecond = () => {
  for (const now = Date.now(); Date.now() === now;);
}

test(
  `${requests} requests by chance are answered alike by both engines (seed ${seed})`,
  { timeout: 600_000 },
  async (t) => {
    const random = randomFrom(seed)
    const sides = [new Side((await startApp(t, { onSqlite: true })).inbox), new Side((await startApp(t)).inbox)]
    for (const side of sides) {
      await side.inbox.as({ scope: 'user', agent: 'Ada' })
      learn(side, (await side.inbox.get('/agents')).body)
    }
    const statuses = new Map<number, number>()
    for (let i = 0; i < requests; i++) {
      const { method, path, body } = plan(random)
      const answers: Answer[] = []
      for (const side of sides) {
        if (method !== 'get') nextMillisecond()
        answers.push(await side.inbox[method](path(side), body?.(side)))
      }
      const [one, other] = answers.map(plain)
      assert.equal(
        other,
        one,
        `request ${i} of seed ${seed}: ${method} ${path(sides[0]!)} ${JSON.stringify(body?.(sides[0]!))}`,
      )
      for (const [n, side] of sides.entries()) learn(side, answers[n]!.body)
      statuses.set(answers[0]!.status, (statuses.get(answers[0]!.status) ?? 0) + 1)
    }
    for (const status of [200, 201, 204, 400, 404, 409])
      assert.ok((statuses.get(status) ?? 0) > 0, `${status} was never answered`)
    assert.equal(statuses.get(500), undefined)
  },
)
