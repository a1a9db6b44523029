import { limits } from '../limits.ts'
import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import type { Searched } from './engine.ts'
import { contactTerms, termsOf } from './terms.ts'

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

/** Every row of a table, of all workspaces, in the order of seq. */
export async function* searchedRows(db: Queries, table: Searched): AsyncGenerator<SearchedRow[]> {
  for (let rows = await pages[table](db, 0); rows.length > 0; rows = await pages[table](db, rows.at(-1)!.seq))
    yield rows
}

type Found<T> = Omit<SearchedRow, 'terms'> & T

const pages: Record<Searched, (db: Queries, after: number) => Promise<SearchedRow[]>> = {
  contacts: async (db, after) =>
    (
      await db.many<Found<Parameters<typeof contactTerms>[0]>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", t.name, t.email, t.email_key as "emailKey", t.phone
            from contacts t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: contactTerms(row) })),
  conversations: async (db, after) =>
    (
      await db.many<Found<{ subject: string }>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", t.subject
            from conversations t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: termsOf(row.subject) })),
  messages: async (db, after) =>
    (
      await db.many<Found<{ text: string }>>(
        sql`select t.seq, t.id, w.id as "workspaceId", w.seq as "workspaceSeq", substr(t.content_text, 1, ${limits.indexedCharacters}) as text
            from messages t join workspaces w on w.id = t.workspace_id
            where t.seq > ${after} order by t.seq limit ${rowsAPage}`,
      )
    ).map((row) => ({ ...row, terms: termsOf(row.text) })),
}
