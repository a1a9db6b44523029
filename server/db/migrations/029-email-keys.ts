import { emailKey, isEmail } from '../../email-address.ts'
import { contactTerms } from '../../search/terms.ts'
import { changeInSearch } from '../../search/write.ts'
import type { Db, Tx } from '../db.ts'
import type { Migration } from '../migrate.ts'
import { sql, verbatim } from '../sql.ts'

interface Row {
  workspaceId: string
  id: string
  email: string
  emailKey: string
}
type Contact = Row & { seq: number; name: string; phone: string | null }

const rowsAPage = 50

/** What their rows are in the order of, and where that begins. */
const tables = [
  { name: 'contacts', order: 'seq', first: 0, more: ', seq, name, phone' },
  { name: 'agents', order: 'id', first: '', more: '' },
  { name: 'channels', order: 'id', first: '', more: '' },
] as const
type Table = (typeof tables)[number]

// Keys took ſam@ for sam@ and b@münchen.de/evil for b@münchen.de. Now more addresses differ and none that differed are
// equal, so that no two rows want one key. What is no address any more is kept as text and has no key: it gets no mail.
export const emailKeys: Migration = {
  name: '029-email-keys',
  statements: () => [],
  rows: async (db) => {
    for (const table of tables)
      for await (const rows of changing(db, table)) await db.transaction((tx) => setKeys(tx, table, rows))
  },
}

async function* changing(db: Db, { name, order, first, more }: Table): AsyncGenerator<Row[]> {
  for (let last: string | number = first; ;) {
    const rows: (Row & { place: string | number })[] = await db.many(
      sql`select ${verbatim(order)} as place, workspace_id as "workspaceId", id, email, email_key as "emailKey" ${verbatim(more)}
          from ${verbatim(name)}
          where ${verbatim(order)} > ${last} and email_key is not null and octet_length(email) > length(email)
          order by ${verbatim(order)} limit ${rowsAPage}`,
    )
    const changed = rows.filter(({ email, emailKey: stored }) => stored !== keyOf(email))
    if (changed.length > 0) yield changed
    if (rows.length < rowsAPage) return
    last = rows.at(-1)!.place
  }
}

const keyOf = (email: string): string | null => (isEmail(email) ? emailKey(email) : null)

/** Only where nothing has changed since it was read: another process may do the same. */
const setKeys = async (tx: Tx, { name }: Table, rows: Row[]): Promise<void> => {
  for (const row of rows) {
    const key = keyOf(row.email)
    const changed = await tx.run(
      sql`update ${verbatim(name)} set email_key = ${key}
          where workspace_id = ${row.workspaceId} and id = ${row.id} and email_key = ${row.emailKey}`,
    )
    if (changed === 1 && name === 'contacts') await index(tx, row as Contact, key)
  }
}

const index = async (tx: Tx, contact: Contact, emailKey: string | null): Promise<void> => {
  await changeInSearch(
    tx,
    { workspaceId: contact.workspaceId, table: 'contacts', seq: contact.seq },
    {
      before: (version) => contactTerms(contact, version),
      after: (version) => contactTerms({ ...contact, emailKey }, version),
    },
  )
}
