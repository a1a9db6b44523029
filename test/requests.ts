// Requests by chance, but from a seed.

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

const kinds: Record<string, Kind> = { ctc: 'contact', thd: 'conversation', agt: 'agent', msg: 'cursor' }

/** What one server has told of things that later requests can name. */
export class Known {
  readonly #ids: Record<Kind, string[]> = {
    contact: ['ctc_none'],
    conversation: ['thd_none'],
    cursor: ['nonsense'],
    agent: ['agt_none'],
  }
  readonly #seen = new Set<string>()

  /** The one at this part (0 to 1) of all of its kind. */
  at(kind: Kind, part: number): string {
    return this.#ids[kind][Math.floor(part * this.#ids[kind].length)]!
  }

  /** Every id and cursor of an answer. */
  learn(body: any): void {
    if (typeof body !== 'object' || body === null) return
    if (typeof body.id === 'string') this.#note(kinds[body.id.slice(0, 3)] ?? 'contact', body.id)
    if (body.cursor) this.#note('cursor', body.cursor)
    for (const inner of Object.values(body)) this.learn(inner)
  }

  #note(kind: Kind, id: string): void {
    if (this.#seen.has(id)) return
    this.#seen.add(id)
    this.#ids[kind].push(id)
  }
}

/** A request to any server: what it names is found among what that server has told. */
interface Plan {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete'
  path(known: Known): string
  body?: (known: Known) => unknown
}

/** Any request of the API by chance, right or wrong. */
export const plan = (random: () => number): Plan => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const maybe = (chance: number) => random() < chance
  const text = (most = 6) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(words)).join(pick([' ', ' ', '\n', '-', '']))
  const email = `${pick(people)}${maybe(0.5) ? Math.floor(random() * 60) : ''}${maybe(0.97) ? '@' : ''}${pick(domains)}`
  const name = maybe(0.6) ? { name: text(3) } : {}
  const at = random()
  const one = (kind: Kind) => (known: Known) => known.at(kind, at)
  const limit = pick(['', '', 'limit=1', 'limit=3', 'limit=20', 'limit=100', 'limit=0', 'limit=x', 'limit=1.5'])
  const query = (known: Known, ...parts: string[]) => {
    const cursor = maybeCursor ? `cursor=${one('cursor')(known)}` : ''
    return `?${[limit, cursor, ...parts].filter(Boolean).join('&')}`
  }
  const maybeCursor = maybe(0.3)
  const status = pick(['', '', 'status=ACTIVE', 'status=ARCHIVED', 'status=OPEN', 'status=CLOSED', 'status=GONE'])
  const q = `q=${encodeURIComponent([...text(3)].slice(0, pick([5, 30, 300])).join(''))}`
  const type = pick(['', '', 'type=contacts', 'type=conversations', 'type=messages'])
  const order = pick(['', '', 'order=asc', 'order=desc', 'order=desc', 'order=up'])
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
  const messages = (known: Known) => `/conversations/${one('conversation')(known)}/messages`
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
        path: (known) => `/contacts/${one('contact')(known)}`,
        body: () => change,
      },
    ],
    [8, { method: 'get', path: (known) => `/contacts/${one('contact')(known)}` }],
    [12, { method: 'get', path: (known) => `/customers${query(known, status)}` }],
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
        path: (known) => `/conversations${query(known, status, byContact ? `contactId=${one('contact')(known)}` : '')}`,
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
    [8, { method: 'get', path: (known) => messages(known) + query(known, order) }],
    [
      3,
      {
        method: 'put',
        path: (known) => `/conversations/${one('conversation')(known)}/status`,
        body: () => ({ status: newStatus }),
      },
    ],
    [3, { method: 'put', path: (known) => `/conversations/${one('conversation')(known)}/read` }],
    [
      2,
      {
        method: 'put',
        path: (known) => `/conversations/${one('conversation')(known)}/assignment`,
        body: (known) => ({ agentId: maybeCursor ? null : one('agent')(known) }),
      },
    ],
    [20, { method: 'get', path: (known) => `/search${query(known, q, type)}` }],
    [1, { method: 'get', path: () => '/agents' }],
    [0.4, { method: 'delete', path: (known) => `/contacts/${one('contact')(known)}` }],
  ]
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let left = random() * total
  return choices.find(([weight]) => (left -= weight) < 0)![1]
}

/** Two things that happen in one millisecond have no order that anybody would have to keep. */
export const nextMillisecond = () => {
  for (const now = Date.now(); Date.now() === now;);
}
