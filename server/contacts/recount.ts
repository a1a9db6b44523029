import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'

/** What contact rows must say of their messages, worked out anew. */
export const contactTruth = {
  columns: sql`coalesce(m.seq, 0) as last_message_seq, m.conversation_id as latest_conversation_id,
    m.created_at as last_message_at, m.preview as last_message_preview, coalesce(m.created_at, c.created_at) as activity_at,
    (select count(*) from conversations v where v.workspace_id = c.workspace_id and v.contact_id = c.id) as thread_count`,
  from: sql`contacts c left join messages m on m.workspace_id = c.workspace_id and m.seq = (
    select max(n.seq) from messages n where n.workspace_id = c.workspace_id and n.contact_id = c.id and n.is_note = 0)`,
}

export const recountContact = (tx: Tx, workspaceId: string, id: string) =>
  tx.run(
    sql`update contacts set last_message_seq = t.last_message_seq, latest_conversation_id = t.latest_conversation_id,
          last_message_at = t.last_message_at, last_message_preview = t.last_message_preview,
          activity_at = t.activity_at, thread_count = t.thread_count
        from (select ${contactTruth.columns} from ${contactTruth.from}
              where c.workspace_id = ${workspaceId} and c.id = ${id}) as t
        where contacts.workspace_id = ${workspaceId} and contacts.id = ${id}`,
  )
