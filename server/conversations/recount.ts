import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'

/** Whether the newest reply of a conversation (as `v`) has failed. */
const isUndelivered = sql`case when (
    select o.status from messages o where o.workspace_id = v.workspace_id and o.conversation_id = v.id
      and o.direction = 'OUTBOUND' order by o.seq desc limit 1) = 'FAILED' then 1 else 0 end`

/** What conversation rows must say of their messages, worked out anew. */
export const conversationTruth = {
  columns: sql`coalesce(m.seq, 0) as last_message_seq, m.created_at as last_message_at, m.preview as last_message_preview,
    coalesce(m.created_at, v.created_at) as activity_at,
    (select count(*) from messages u
     where u.workspace_id = v.workspace_id and u.conversation_id = v.id and u.is_unread = 1) as unread_count,
    ${isUndelivered} as is_undelivered`,
  from: sql`conversations v left join messages m on m.workspace_id = v.workspace_id and m.seq = (
    select max(n.seq) from messages n where n.workspace_id = v.workspace_id and n.conversation_id = v.id and n.is_note = 0)`,
}

export const recountConversation = (tx: Tx, workspaceId: string, id: string) =>
  tx.run(
    sql`update conversations set last_message_seq = t.last_message_seq, last_message_at = t.last_message_at,
          last_message_preview = t.last_message_preview, activity_at = t.activity_at, unread_count = t.unread_count,
          is_undelivered = t.is_undelivered
        from (select ${conversationTruth.columns} from ${conversationTruth.from}
              where v.workspace_id = ${workspaceId} and v.id = ${id}) as t
        where conversations.workspace_id = ${workspaceId} and conversations.id = ${id}`,
  )

/** A reply has failed, is sent again, came from an archive or is gone. */
export const recountDelivery = (tx: Tx, workspaceId: string, id: string) =>
  tx.run(
    sql`update conversations as v set is_undelivered = ${isUndelivered} where v.workspace_id = ${workspaceId} and v.id = ${id}`,
  )
