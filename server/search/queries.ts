import type { Queries } from '../db/db.ts'
import { limits } from '../limits.ts'
import { byNumber } from '../db/spelling.ts'
import { list, nothing, sql } from '../db/sql.ts'

/** The rows of seqs that a search found, in the same order. `seqs` must not be empty. */
interface Found {
  seqs: number[]
  /** Also who, how it stands, when, and the text around the words. */
  hasContext?: boolean | undefined
}

export const contactsFound = (db: Queries, workspaceId: string, { seqs, hasContext }: Found) =>
  db.many<{ id: string; email: string; name: string; seq: number }>(
    sql`select id, email, name, seq ${hasContext ? sql`, status, phone, last_message_at as "lastMessageAt"` : nothing} from contacts ${byNumber(db)} where workspace_id = ${workspaceId} and seq in (${list(seqs)})
        order by seq desc`,
  )

export interface FoundConversation {
  id: string
  subject: string
  lastMessagePreview: string | null
  seq: number
}

export const conversationsFound = (db: Queries, workspaceId: string, { seqs, hasContext }: Found) =>
  db.many<FoundConversation>(
    sql`select v.id, v.subject, v.last_message_preview as "lastMessagePreview", v.seq
          ${hasContext ? sql`, v.status, v.last_message_at as "lastMessageAt", ${contact}` : nothing}
        from conversations v ${byNumber(db)}
        ${hasContext ? sql`join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id` : nothing}
        where v.workspace_id = ${workspaceId} and v.seq in (${list(seqs)}) order by v.seq desc`,
  )

const contact = sql`c.id as "contact.id", c.name as "contact.name", c.email as "contact.email"`

export const messagesFound = (db: Queries, workspaceId: string, { seqs, hasContext }: Found) =>
  db.many(
    sql`select m.id, m.conversation_id as "conversationId", c.id as "contact.id", c.name as "contact.name",
          m.preview as "contentPreview", m.created_at as "createdAt", m.seq ${hasContext ? around : nothing}
        from messages m ${byNumber(db)} join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
        ${hasContext ? sql`join conversations v on v.workspace_id = m.workspace_id and v.id = m.conversation_id` : nothing}
        where m.workspace_id = ${workspaceId} and m.seq in (${list(seqs)}) order by m.seq desc`,
  )

const around = sql`, c.email as "contact.email", v.subject as "conversation.subject", v.status as "conversation.status",
  substr(m.content_text, 1, ${limits.indexedCharacters}) as "text"`
