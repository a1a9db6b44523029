import { limits } from '../limits.ts'
import type { Queries } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import { previewOf } from '../messages/quoted.ts'
import type { ConversationText } from '../search/terms.ts'

/** Rows of one table that a step deletes at once; and pieces of raw mail, of which each has 128 KiB. */
const rowsAtOnce = 100
const piecesAtOnce = 4

/** A message, with as much of its text as search has read. */
export interface SomeMessage {
  id: string
  seq: number
  conversationId: string
  contentText: string
  isUnread: number
  mailSize: number | null
}

interface Some {
  contactId: string
  limit: number
}

/** Oldest first. */
export const someMessages = (db: Queries, workspaceId: string, { contactId, limit }: Some) =>
  db.many<SomeMessage>(
    sql`select id, seq, conversation_id as "conversationId", is_unread as "isUnread", mail_size as "mailSize",
          substr(content_text, 1, ${limits.indexedCharacters}) as "contentText"
        from messages where workspace_id = ${workspaceId} and contact_id = ${contactId} order by seq limit ${limit}`,
  )

export const someConversations = (tx: Queries, workspaceId: string, { contactId, limit }: Some) =>
  tx.many<ConversationText & { id: string; seq: number }>(
    sql`select id, seq, subject, people, others from conversations where workspace_id = ${workspaceId} and contact_id = ${contactId} limit ${limit}`,
  )

/** Resolves to whether there may be more. */
const deleteSome = async (tx: Queries, table: string, { key, where, limit = rowsAtOnce }: Few): Promise<boolean> => {
  const [from, columns] = [verbatim(table), verbatim(key)]
  const deleted = await tx.run(
    sql`delete from ${from} where (${columns}) in (select ${columns} from ${from} where ${where} limit ${limit})`,
  )
  return deleted === limit
}

interface Few {
  /** The columns of its primary key. */
  key: string
  where: Sql
  limit?: number
}

/** Resolves to true while a message may have more than its own row. */
export const deleteSomeOfMessage = async (tx: Queries, workspaceId: string, { id }: Pick<SomeMessage, 'id'>) => {
  const where = sql`workspace_id = ${workspaceId} and message_id = ${id}`
  const key = 'workspace_id, message_id, number'
  return (
    (await deleteSome(tx, 'mail_pieces', { key, where, limit: piecesAtOnce })) ||
    (await deleteSome(tx, 'attachments', { key, where }))
  )
}

interface OfContact {
  contactId: string
  message: SomeMessage
}

/** Resolves to 0 where it has gone to another contact since. */
export const deleteMessage = (tx: Queries, workspaceId: string, { contactId, message: { id } }: OfContact) =>
  tx.run(sql`delete from messages where workspace_id = ${workspaceId} and id = ${id} and contact_id = ${contactId}`)

/** Resolves to 0 where it has gone to another contact since. What lists show of it is that of the shorter text. */
export const shortenMessage = async (
  tx: Queries,
  workspaceId: string,
  { contactId, message: { id, seq, conversationId }, text }: OfContact & { text: string },
): Promise<number> => {
  const preview = previewOf(text)
  const shortened = await tx.run(
    sql`update messages set content_text = ${text}, content_html = null, preview = ${preview}
        where workspace_id = ${workspaceId} and id = ${id} and contact_id = ${contactId}`,
  )
  if (shortened === 0) return 0
  const shown = sql`last_message_preview = ${preview} where workspace_id = ${workspaceId} and last_message_seq = ${seq}`
  await tx.run(sql`update conversations set ${shown} and id = ${conversationId}`)
  await tx.run(sql`update contacts set ${shown} and id = ${contactId}`)
  return shortened
}

export const countUnreadLess = (tx: Queries, workspaceId: string, conversationId: string) =>
  tx.run(
    sql`update conversations set unread_count = unread_count - 1
        where workspace_id = ${workspaceId} and id = ${conversationId}`,
  )

/** Where the message was the newest of its conversation, or of its contact, but for notes: those before it have gone already. */
export const forgetLastMessage = async (
  tx: Queries,
  workspaceId: string,
  { contactId, message: { seq, conversationId } }: OfContact,
) => {
  const none = sql`last_message_seq = 0, last_message_at = null, last_message_preview = null, activity_at = created_at`
  await tx.run(
    sql`update conversations set ${none}
        where workspace_id = ${workspaceId} and id = ${conversationId} and last_message_seq = ${seq}`,
  )
  await tx.run(
    sql`update contacts set latest_conversation_id = null, ${none}
        where workspace_id = ${workspaceId} and id = ${contactId} and last_message_seq = ${seq}`,
  )
}

export const hasMessages = async (tx: Queries, workspaceId: string, conversationId: string): Promise<boolean> =>
  (await tx.one(
    sql`select seq from messages where workspace_id = ${workspaceId} and conversation_id = ${conversationId} limit 1`,
  )) !== undefined

export const setSubject = (tx: Queries, workspaceId: string, { id, subject }: { id: string; subject: string }) =>
  tx.run(sql`update conversations set subject = ${subject} where workspace_id = ${workspaceId} and id = ${id}`)

export const setPeople = (tx: Queries, workspaceId: string, { id, people }: { id: string; people: string }) =>
  tx.run(sql`update conversations set people = ${people} where workspace_id = ${workspaceId} and id = ${id}`)

export const setOthers = (tx: Queries, workspaceId: string, { id, others }: { id: string; others: string }) =>
  tx.run(sql`update conversations set others = ${others} where workspace_id = ${workspaceId} and id = ${id}`)

export const setName = (tx: Queries, workspaceId: string, { id, name }: { id: string; name: string }) =>
  tx.run(sql`update contacts set name = ${name} where workspace_id = ${workspaceId} and id = ${id}`)

export const countConversationsLess = (tx: Queries, workspaceId: string, contactId: string) =>
  tx.run(
    sql`update contacts set thread_count = thread_count - 1 where workspace_id = ${workspaceId} and id = ${contactId}`,
  )

/** What there is of a contact besides messages and conversations. Resolves to true while there may be more. */
export const deleteSomeOfContact = async (tx: Queries, workspaceId: string, contactId: string): Promise<boolean> => {
  const where = sql`workspace_id = ${workspaceId} and contact_id = ${contactId}`
  for (const [table, key] of [
    ['mail_references', 'workspace_id, contact_id, reference, conversation_id'],
    ['answers', 'workspace_id, caller_id, idempotency_key'],
    ['chat_visitors', 'workspace_id, id'],
    ['events', 'seq'],
  ] as const)
    if (await deleteSome(tx, table, { key, where })) return true
  return false
}

export const deleteConversation = async (tx: Queries, workspaceId: string, id: string) => {
  await tx.run(sql`delete from participants where workspace_id = ${workspaceId} and conversation_id = ${id}`)
  await tx.run(sql`delete from mail_references where workspace_id = ${workspaceId} and conversation_id = ${id}`)
  await tx.run(sql`delete from conversations where workspace_id = ${workspaceId} and id = ${id}`)
}

export const deleteContact = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`delete from contacts where workspace_id = ${workspaceId} and id = ${id}`)
