import type { Queries } from '../db/db.ts'
import { byNumber } from '../db/spelling.ts'
import { list, sql } from '../db/sql.ts'

/** The rows of seqs that a search found, in the same order. `seqs` must not be empty. */
interface Found {
  seqs: number[]
}

export const contactsFound = (db: Queries, workspaceId: string, { seqs }: Found) =>
  db.many<{ id: string; email: string; name: string; seq: number }>(
    sql`select id, email, name, seq from contacts ${byNumber(db)} where workspace_id = ${workspaceId} and seq in (${list(seqs)})
        order by seq desc`,
  )

export const conversationsFound = (db: Queries, workspaceId: string, { seqs }: Found) =>
  db.many<{ id: string; subject: string; lastMessagePreview: string | null; seq: number }>(
    sql`select id, subject, last_message_preview as "lastMessagePreview", seq from conversations ${byNumber(db)}
        where workspace_id = ${workspaceId} and seq in (${list(seqs)}) order by seq desc`,
  )

export const messagesFound = (db: Queries, workspaceId: string, { seqs }: Found) =>
  db.many(
    sql`select m.id, m.conversation_id as "conversationId", c.id as "contact.id", c.name as "contact.name",
          m.preview as "contentPreview", m.created_at as "createdAt", m.seq
        from messages m ${byNumber(db)} join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
        where m.workspace_id = ${workspaceId} and m.seq in (${list(seqs)}) order by m.seq desc`,
  )
