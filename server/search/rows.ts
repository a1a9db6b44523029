import { limits } from '../limits.ts'
import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import type { Index, Searched } from './searched.ts'
import { contactTerms, conversationTerms, termsOf, type ConversationText } from './terms.ts'

const rowsAPage = 200

/** A row that is searched, with the terms that it must be found by. */
export interface SearchedRow {
  seq: number
  id: string
  workspaceId: string
  workspaceSeq: number
  /** As `termsOf` gives them. */
  terms: string
}

/** Every row of a table, of all workspaces, in the order of seq, with the terms that the index must have. */
export async function* searchedRows(db: Queries, { table, version }: Index): AsyncGenerator<SearchedRow[]> {
  const page = (after: number) => pages[table](db, after, version)
  for (let rows = await page(0); rows.length > 0; rows = await page(rows.at(-1)!.seq)) yield rows
}

type Found<T> = Omit<SearchedRow, 'terms'> & T

const pages: Record<Searched, (db: Queries, after: number, version: number) => Promise<SearchedRow[]>> = {
  contacts: async (db, after, version) =>
    (
      await db.many<Found<Parameters<typeof contactTerms>[0]>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", t.name, t.email, t.email_key as "emailKey", t.phone
            from contacts t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: contactTerms(row, version) })),
  conversations: async (db, after, version) =>
    (
      await db.many<Found<ConversationText>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", t.subject, t.people, t.others
            from conversations t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: conversationTerms(row, version) })),
  messages: async (db, after, version) =>
    (
      await db.many<Found<{ text: string }>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", substr(t.content_text, 1, ${limits.indexedCharacters}) as text
            from messages t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: termsOf(row.text, version) })),
}
