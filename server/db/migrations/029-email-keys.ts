import { emailKey, isEmail } from '../../email-address.ts'
import { searchOf } from '../../search/engine.ts'
import { contactTerms } from '../../search/terms.ts'
import type { Db, Tx } from '../db.ts'
import type { Migration } from '../migrate.ts'
import { sql, verbatim } from '../sql.ts'

interface Row {
  id: string
  workspaceId: string
  email: string
  emailKey: string
}
type Contact = Row & { seq: number; name: string; phone: string | null }

const rowsAPage = 50

// Keys took ſam@ for sam@ and b@münchen.de/evil for b@münchen.de. Now more addresses differ and none that differed are
// equal, so that no two rows want one key. What is no address any more is kept as text and has no key: it gets no mail.
export const emailKeys: Migration = {
  name: '029-email-keys',
  statements: () => [],
  rows: async (db) => {
    for (const table of ['contacts', 'agents', 'channels'] as const)
      for await (const rows of changing(db, table)) await db.transaction((tx) => setKeys(tx, table, rows))
  },
}

async function* changing(db: Db, table: 'contacts' | 'agents' | 'channels'): AsyncGenerator<Row[]> {
  for (let last = ''; ;) {
    const rows = await db.many<Row>(
      sql`select id, workspace_id as "workspaceId", email, email_key as "emailKey"
            ${verbatim(table === 'contacts' ? ', seq, name, phone' : '')} from ${verbatim(table)}
          where id > ${last} and email_key is not null and octet_length(email) > length(email)
          order by id limit ${rowsAPage}`,
    )
    const changed = rows.filter(({ email, emailKey: stored }) => stored !== keyOf(email))
    if (changed.length > 0) yield changed
    if (rows.length < rowsAPage) return
    last = rows.at(-1)!.id
  }
}

const keyOf = (email: string): string | null => (isEmail(email) ? emailKey(email) : null)

/** Only where nothing has changed since it was read: another process may do the same. */
const setKeys = async (tx: Tx, table: string, rows: Row[]): Promise<void> => {
  for (const row of rows) {
    const key = keyOf(row.email)
    const changed = await tx.run(
      sql`update ${verbatim(table)} set email_key = ${key}
          where workspace_id = ${row.workspaceId} and id = ${row.id} and email_key = ${row.emailKey}`,
    )
    if (changed === 1 && table === 'contacts') await index(tx, row as Contact, key)
  }
}

const index = async (tx: Tx, contact: Contact, emailKey: string | null): Promise<void> => {
  const entry = { workspaceId: contact.workspaceId, table: 'contacts', seq: contact.seq } as const
  await searchOf(tx).remove(tx, { ...entry, terms: contactTerms(contact) })
  await searchOf(tx).add(tx, { ...entry, terms: contactTerms({ ...contact, emailKey }) })
}
