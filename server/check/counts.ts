import { contactTruth, recountContact } from '../contacts/recount.ts'
import { conversationTruth, recountConversation } from '../conversations/recount.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import type { Difference } from './check.ts'

const rowsAPage = 500

type Row = { seq: number; id: string; workspaceId: string } & Record<string, unknown>

interface Table {
  name: string
  fields: string[]
  /** Rows after a seq, in its order, each with its fields as they are (`stored.…`) and as they must be. */
  page(db: Queries, after: number, limit: number): Promise<Row[]>
  recount(tx: Tx, workspaceId: string, id: string): Promise<number>
}

const stored = (alias: string, fields: string[]): Sql =>
  verbatim(fields.map((field) => `${alias}.${field} as "stored.${field}"`).join(', '))

const conversationFields = [
  'last_message_seq',
  'last_message_at',
  'last_message_preview',
  'activity_at',
  'unread_count',
  'is_undelivered',
]
const contactFields = [
  'last_message_seq',
  'latest_conversation_id',
  'last_message_at',
  'last_message_preview',
  'activity_at',
  'thread_count',
]

const tables: Table[] = [
  {
    name: 'conversations',
    fields: conversationFields,
    page: (db, after, limit) =>
      db.many<Row>(
        sql`select v.seq, v.id, v.workspace_id as "workspaceId", ${stored('v', conversationFields)}, ${conversationTruth.columns}
            from ${conversationTruth.from} where v.seq > ${after} order by v.seq limit ${limit}`,
      ),
    recount: recountConversation,
  },
  {
    name: 'contacts',
    fields: contactFields,
    page: (db, after, limit) =>
      db.many<Row>(
        sql`select c.seq, c.id, c.workspace_id as "workspaceId", ${stored('c', contactFields)}, ${contactTruth.columns}
            from ${contactTruth.from} where c.seq > ${after} order by c.seq limit ${limit}`,
      ),
    recount: recountContact,
  },
]

export const checkCounts = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const differences: Difference[] = []
  for (const { name, fields, page, recount } of tables)
    for (let rows = await page(db, 0, rowsAPage); rows.length > 0; rows = await page(db, rows.at(-1)!.seq, rowsAPage))
      for (const row of rows) {
        const { id, workspaceId } = row
        const wrong = fields.filter((field) => row[`stored.${field}`] !== row[field])
        for (const field of wrong)
          differences.push({
            table: name,
            workspaceId,
            id,
            field,
            stored: row[`stored.${field}`],
            expected: row[field],
          })
        if (repair && wrong.length > 0) await db.transaction((tx) => recount(tx, workspaceId, id))
      }
  return differences
}
