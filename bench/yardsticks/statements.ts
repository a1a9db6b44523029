import { readConfig } from '../../server/config.ts'
import { findContact, listCustomers } from '../../server/contacts/queries.ts'
import { createContact } from '../../server/contacts/create.ts'
import { openDatabase } from '../../server/db/open.ts'
import { findByHash } from '../../server/keys/queries.ts'
import { hashOf } from '../../server/keys/secret.ts'
import { searchContacts, searchConversations, searchMessages } from '../../server/search/search.ts'
import { newestVersion, parseQuery } from '../../server/search/terms.ts'

/** What is measured, and how many times at once. */
export interface Statements {
  kind: 'contact' | 'customers' | 'search' | 'create'
  secret: string
  workspaceId: string
  contactId: string
  q: string
  seconds: number
  atOnce: number
}

// The statements of a request in a loop, as many at once as there are connections; no HTTP, no JSON. Its word is what to do.

const { kind, secret, workspaceId, contactId, q, seconds, atOnce } = JSON.parse(process.argv[2]!) as Statements
const db = await openDatabase(readConfig(process.env), { role: 'server', onFatal: () => process.exit(1) })
const ask = { version: newestVersion, query: parseQuery(q)!, after: undefined, limit: 10 }
let created = 0

const statements = {
  contact: () => findContact(db, workspaceId, contactId),
  customers: () =>
    listCustomers(db, workspaceId, { status: undefined, updatedSince: undefined, after: undefined, limit: 21 }),
  search: () =>
    Promise.all([
      searchContacts(db, workspaceId, ask),
      searchConversations(db, workspaceId, ask),
      searchMessages(db, workspaceId, ask),
    ]),
  create: () =>
    db.transaction((tx) =>
      createContact(tx, workspaceId, {
        email: `${process.pid}-${(created += 1)}@statements.example`,
        name: 'Ada Lovelace',
        source: 'API',
      }),
    ),
}[kind]

const loop = async (end: number): Promise<number> => {
  let done = 0
  while (performance.now() < end) {
    await findByHash(db, [hashOf(secret)])
    await statements()
    done += 1
    // engines that answer at once would never let the others begin
    if (db.engine === 'sqlite') await new Promise(setImmediate)
  }
  return done
}

const many = async (duration: number): Promise<number> => {
  const begin = performance.now()
  const done = await Promise.all(Array.from({ length: atOnce }, () => loop(begin + duration * 1000)))
  return (done.reduce((sum, n) => sum + n, 0) / (performance.now() - begin)) * 1000
}

await many(seconds / 2)
process.stdout.write(`${JSON.stringify({ perSecond: await many(seconds) })}\n`)
await db.close()
