import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import type { NewSavedReply, SavedReply } from './schema.ts'

export type SavedReplyRow = SavedReply & { version: number }

const columns = sql`id, shortcut, title, content_text as "contentText", version`

export const findSavedReply = (db: Queries, workspaceId: string, id: string) =>
  db.one<SavedReplyRow>(sql`select ${columns} from saved_replies where workspace_id = ${workspaceId} and id = ${id}`)

/** The saved reply, which nobody else changes before this transaction ends. */
export const holdSavedReply = (tx: Tx, workspaceId: string, id: string) =>
  tx.one<SavedReplyRow>(
    sql`select ${columns} from saved_replies where workspace_id = ${workspaceId} and id = ${id} ${held(tx)}`,
  )

/** By their shortcuts. */
export const listSavedReplies = (
  db: Queries,
  workspaceId: string,
  { after, limit }: { after: string | undefined; limit: number },
) =>
  db.many<SavedReply>(
    sql`select ${columns} from saved_replies where workspace_id = ${workspaceId}
          ${after === undefined ? nothing : sql`and shortcut > ${after}`} order by shortcut limit ${limit}`,
  )

/** Undefined where another one has the shortcut. */
export const insertSavedReply = (tx: Queries, workspaceId: string, { shortcut, title, contentText }: NewSavedReply) =>
  tx.one<SavedReply>(
    sql`insert into saved_replies (id, workspace_id, shortcut, title, content_text, created_at)
        values (${newId('rpl')}, ${workspaceId}, ${shortcut}, ${title}, ${contentText}, ${timestamp()})
        on conflict do nothing returning ${columns}`,
  )

export const isShortcutTaken = async (tx: Queries, workspaceId: string, { id, shortcut }: SavedReply) =>
  (await tx.one(
    sql`select id from saved_replies where workspace_id = ${workspaceId} and shortcut = ${shortcut} and id <> ${id}`,
  )) !== undefined

export const updateSavedReply = (tx: Queries, workspaceId: string, row: SavedReplyRow) =>
  tx.run(
    sql`update saved_replies set shortcut = ${row.shortcut}, title = ${row.title}, content_text = ${row.contentText},
          version = ${row.version} where workspace_id = ${workspaceId} and id = ${row.id}`,
  )

export const deleteSavedReply = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`delete from saved_replies where workspace_id = ${workspaceId} and id = ${id}`)
