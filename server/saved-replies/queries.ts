import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import type { NewSavedReply, SavedReply } from './schema.ts'

const columns = sql`id, shortcut, title, content_text as "contentText"`

/** The saved reply, which nobody else changes before this transaction ends. */
export const holdSavedReply = (tx: Tx, workspaceId: string, id: string) =>
  tx.one<SavedReply>(
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

export const updateSavedReply = (tx: Queries, workspaceId: string, { id, shortcut, title, contentText }: SavedReply) =>
  tx.run(
    sql`update saved_replies set shortcut = ${shortcut}, title = ${title}, content_text = ${contentText}
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

export const deleteSavedReply = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`delete from saved_replies where workspace_id = ${workspaceId} and id = ${id}`)
