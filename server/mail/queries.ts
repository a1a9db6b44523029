import type { Queries } from '../db/db.ts'
import { list, sql } from '../db/sql.ts'

/** The message that has this key: the same mail, delivered or imported before. */
export const findByMailKey = (db: Queries, workspaceId: string, key: string) =>
  db.one<{ messageId: string; conversationId: string }>(
    sql`select id as "messageId", conversation_id as "conversationId" from messages
        where workspace_id = ${workspaceId} and mail_key = ${key}`,
  )

interface Thread {
  contactId: string
  references: string[]
}

/** The conversation of this contact in which one of these Message-IDs was seen, the latest if there are several. */
export const findByReferences = (db: Queries, workspaceId: string, { contactId, references }: Thread) =>
  db.one<{ conversationId: string }>(
    sql`select conversation_id as "conversationId" from mail_references
        where workspace_id = ${workspaceId} and contact_id = ${contactId} and reference in (${list(references)})
        order by conversation_id desc limit 1`,
  )

export const addReferences = async (tx: Queries, workspaceId: string, thread: Thread & { conversationId: string }) => {
  for (const reference of thread.references)
    await tx.run(
      sql`insert into mail_references (workspace_id, contact_id, reference, conversation_id)
          values (${workspaceId}, ${thread.contactId}, ${reference}, ${thread.conversationId}) on conflict do nothing`,
    )
}
