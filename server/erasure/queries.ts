import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { forgetRaw } from '../messages/raw.ts'

interface Some {
  contactId: string
  limit: number
}

export const someMessages = (tx: Queries, workspaceId: string, { contactId, limit }: Some) =>
  tx.many<{ id: string; seq: number; conversationId: string; contentText: string }>(
    sql`select id, seq, conversation_id as "conversationId", content_text as "contentText" from messages
        where workspace_id = ${workspaceId} and contact_id = ${contactId} order by seq desc limit ${limit}`,
  )

export const someConversations = (tx: Queries, workspaceId: string, { contactId, limit }: Some) =>
  tx.many<{ id: string; seq: number; subject: string }>(
    sql`select id, seq, subject from conversations where workspace_id = ${workspaceId} and contact_id = ${contactId} limit ${limit}`,
  )

export const deleteMessage = async (tx: Queries, workspaceId: string, id: string) => {
  await forgetRaw(tx, workspaceId, id)
  await tx.run(sql`delete from attachments where workspace_id = ${workspaceId} and message_id = ${id}`)
  await tx.run(sql`delete from messages where workspace_id = ${workspaceId} and id = ${id}`)
}

export const deleteConversation = async (tx: Queries, workspaceId: string, id: string) => {
  await tx.run(sql`delete from mail_references where workspace_id = ${workspaceId} and conversation_id = ${id}`)
  await tx.run(sql`delete from conversations where workspace_id = ${workspaceId} and id = ${id}`)
}

export const deleteContact = async (tx: Queries, workspaceId: string, id: string) => {
  await tx.run(sql`delete from chat_visitors where workspace_id = ${workspaceId} and contact_id = ${id}`)
  await tx.run(sql`delete from contacts where workspace_id = ${workspaceId} and id = ${id}`)
}
