import type { Db } from '../server/db/db.ts'
import { sql } from '../server/db/sql.ts'
import { listOf, termsOf } from '../server/search/terms.ts'

/** Asks a path of one workspace's inbox; resolves to the answer's body. Throws when it is not a 200. */
export type Get = (path: string) => Promise<any>

const sampledMessages = 300
const word = /^[a-z]+$/

/** How often each Latin word is in the newest messages of a workspace, the most frequent first. */
export const frequentWords = async (db: Db, workspaceId: string): Promise<[word: string, messages: number][]> => {
  const messages = await db.many<{ text: string }>(
    sql`select content_text as text from messages where workspace_id = ${workspaceId} order by seq desc limit ${sampledMessages}`,
  )
  const counts = new Map<string, number>()
  for (const { text } of messages)
    for (const term of listOf(termsOf(text))) if (word.test(term)) counts.set(term, (counts.get(term) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

interface Ask {
  workspaceId: string
  get: Get
  /** Words that are frequent in another workspace. */
  elsewhere: string[]
}

/** Every kind of read of the API, as a path in this workspace; in the order of the table. */
export const requestsIn = async (db: Db, { workspaceId, get, elsewhere }: Ask): Promise<Record<string, string>> => {
  const { contact } = (await get('/customers?limit=1')).customers.items[0]
  const conversation = (await get('/conversations?limit=1')).conversations.items[0]
  const words = await frequentWords(db, workspaceId)
  const rare = words.findLast(([each]) => each.length >= 8)![0]
  const long = words.find(([each]) => each.length >= 8)![0]
  const search = (q: string, more = '') => `/search?q=${encodeURIComponent(q)}${more}`
  const order = await firstOrder(db, workspaceId)
  const absent = await absentOf(elsewhere, get)
  return {
    'customers, first page': '/customers',
    'customers, deep page': await deep(get, '/customers', ({ customers }) => customers),
    'customers, ACTIVE': '/customers?status=ACTIVE',
    'customers, ARCHIVED': '/customers?status=ARCHIVED',
    'conversations, first page': '/conversations',
    'conversations, deep page': await deep(get, '/conversations', ({ conversations }) => conversations),
    ...Object.fromEntries(
      ['OPEN', 'CLOSED', 'ARCHIVED'].map((status) => [`conversations, ${status}`, `/conversations?status=${status}`]),
    ),
    'conversations of a contact': `/conversations?contactId=${contact.id}`,
    'one contact': `/contacts/${contact.id}`,
    'messages of a conversation': `/conversations/${conversation.id}/messages`,
    'messages of a conversation, newest first': `/conversations/${conversation.id}/messages?order=desc`,
    'search: a frequent word': search(words[0]![0]),
    'search: a rare word': search(rare),
    ...Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`search: its first ${i + 1} letters`, search(long.slice(0, i + 1))]),
    ),
    'search: two words': search(`${words[0]![0]} ${rare}`),
    "search: an address's domain": search(contact.email.split('@')[1]),
    'search: a whole address': search(contact.email),
    'search: digits': search(order),
    'search: a word that is nowhere': search('zzyzxqwv'),
    'search: a word of another workspace': search(absent),
    'search: contacts, next page': await deep(
      get,
      search(words[0]![0].slice(0, 1), '&type=contacts'),
      group('contacts'),
    ),
    'search: conversations, next page': await deep(
      get,
      search(conversation.subject.slice(0, 1), '&type=conversations'),
      group('conversations'),
    ),
    'search: messages, next page': await deep(get, search(words[0]![0], '&type=messages'), group('messages')),
  }
}

const group =
  (name: string) =>
  ({ results: { hasMore, cursor, [name]: items } }: any) => ({ items, hasMore, cursor })

const mostPages = 10

/** The page at about the middle of a list, or of its first 500 rows. */
const deep = async (get: Get, path: string, pageOf: (body: any) => { cursor: string | null }): Promise<string> => {
  const more = path.includes('?') ? '&' : '?'
  const cursors: string[] = []
  for (let next: string | null = ''; next !== null && cursors.length < mostPages;) {
    next = pageOf(await get(`${path}${more}limit=50${next && `&cursor=${next}`}`)).cursor
    if (next) cursors.push(next)
  }
  return cursors.length === 0 ? path : `${path}${more}cursor=${cursors[Math.floor(cursors.length / 2)]}`
}

const firstOrder = async (db: Db, workspaceId: string): Promise<string> => {
  const messages = await db.many<{ text: string }>(
    sql`select content_text as text from messages where workspace_id = ${workspaceId} order by seq limit 50`,
  )
  return messages.map(({ text }) => /#(\d{6})/.exec(text)?.[1]).find((order) => order !== undefined)!
}

/** The first of these words that this workspace does not have. */
const absentOf = async (words: string[], get: Get): Promise<string> => {
  for (const each of words) {
    const { results } = await get(`/search?q=${each}`)
    if (Object.values<any[]>(results).every((found) => found.length === 0)) return each
  }
  throw new Error('every word of the other workspace is in this one')
}
