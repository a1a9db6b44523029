import { timestamp } from '../current-time.ts'
import { nest, type Db, type Queries } from '../db/db.ts'
import { limits } from '../limits.ts'
import { list, nothing, sql, type Sql } from '../db/sql.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import type { Source } from '../contacts/schema.ts'
import { htmlVersion } from '../mime/html-version.ts'
import { delaysOf, type Delay } from '../jobs/queries.ts'
import { shownAddresses, type Addresses, type Shown } from './addresses.ts'
import type { Attachment, Message, MessageOrder, MessageStatus } from './schema.ts'

export interface ThreadHead {
  conversation: { id: string; status: ConversationStatus; source: Source; subject: string; summary: string | null }
  contact: { id: string; email: string; name: string }
  channel: { id: string; name: string; email: string | null } | null
}

export const findThread = async (db: Queries, workspaceId: string, conversationId: string) => {
  const row = await db.one(
    sql`select v.id as "conversation.id", v.status as "conversation.status", v.source as "conversation.source",
          v.subject as "conversation.subject",
          (select m.preview from messages m
           where m.workspace_id = v.workspace_id and m.conversation_id = v.id and m.is_note = 0
           order by m.seq limit 1) as "conversation.summary",
          c.id as "contact.id", c.email as "contact.email", c.name as "contact.name",
          h.id as "channel.id", h.name as "channel.name", h.email as "channel.email"
        from conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
        left join channels h on h.workspace_id = v.workspace_id and h.id = v.channel_id
        where v.workspace_id = ${workspaceId} and v.id = ${conversationId}`,
  )
  return row && nest<ThreadHead>(row)
}

/** The job that sends a reply as a mail. Its subject is the message. */
export const sendMail = 'send-mail'

export type StoredAttachment = Attachment & {
  /** Null for a part of a mail. */
  beginsAt: number | null
}

interface Stored {
  attachmentCount: number
  addresses: string | null
  fromName: string | null
  fromEmail: string | null
  mailTo: string | null
}

export type MessageRow = Omit<Message, 'attachments'> & {
  attachments: StoredAttachment[]
  seq: number
  conversationId: string
  contactId: string
  /** Message-ID of the mail that it came as or left as. */
  mailId: string | null
}

const columns = sql`id, direction, sender_type as "senderType", is_note as note, is_unread as "isUnread", preview as "contentPreview", status, agent_id as "agentId", created_at as "createdAt",
  sent_at as "sentAt", failure_reason as "failureReason", is_automatic as automatic, is_automatic as "isAutomatic", from_name as "fromName", from_email as "fromEmail",
  addresses, mail_to as "mailTo",
  reply_to as "replyTo", claims_to_be_ours as "claimsToBeOurs", attachment_count as "attachmentCount", conversation_id as "conversationId",
  contact_id as "contactId", mail_id as "mailId", mail_size is not null as "hasRawMail", seq`

interface MessagesPage {
  conversationId: string
  order: MessageOrder
  after: number | undefined
  limit: number
}

/** Where a page is found, and in which order. */
const inPage = (workspaceId: string, { conversationId, order, after, limit }: MessagesPage): Sql => {
  const own = sql`where workspace_id = ${workspaceId} and conversation_id = ${conversationId}`
  if (order === 'desc')
    return sql`${own} ${after === undefined ? nothing : sql`and seq < ${after}`} order by seq desc limit ${limit}`
  return sql`${own} ${after === undefined ? nothing : sql`and seq > ${after}`} order by seq limit ${limit}`
}

/** How many of the next messages go into one page: as many as were asked for, unless their contents are too large. */
const fitting = async (db: Queries, workspaceId: string, page: MessagesPage) => {
  const sizes = await db.many<{ bytes: number }>(
    sql`select octet_length(content_text) + coalesce(octet_length(content_html), 0) as bytes from messages
        ${inPage(workspaceId, page)}`,
  )
  let bytes = 0
  const first = sizes.findIndex((size) => (bytes += size.bytes) > limits.pageBytes)
  return first === -1 ? page.limit : Math.max(1, first)
}

/** `hasMore` also where a page is short because its messages are large. */
export const messagesPage = async (db: Queries, workspaceId: string, page: MessagesPage) => {
  const limit = await fitting(db, workspaceId, page)
  return { limit, rows: await listMessages(db, workspaceId, inPage(workspaceId, { ...page, limit: limit + 1 })) }
}

/** A message but for those of its texts that are not to be read at once: they are null. */
export type ListedMessage = Omit<MessageRow, 'contentText'> & {
  contentText: string | null
  htmlBytes: number | null
  /** Whether its HTML is to be cleaned again. */
  hasOldHtml: number
}

const listMessages = async (db: Queries, workspaceId: string, where: Sql) =>
  whole(
    db,
    workspaceId,
    await db.many<PartOf<ListedMessage>>(
      sql`select ${columns}, octet_length(content_html) as "htmlBytes",
            case when html_version < ${htmlVersion} and content_html is not null and mail_size is not null then 1 else 0 end as "hasOldHtml",
            case when octet_length(content_text) <= ${limits.textAtOnce} then content_text end as "contentText",
            case when octet_length(content_html) <= ${limits.textAtOnce} then content_html end as "contentHtml"
          from messages ${where}`,
    ),
  )

export const findListed = async (db: Queries, workspaceId: string, id: string) =>
  (await listMessages(db, workspaceId, sql`where workspace_id = ${workspaceId} and id = ${id}`))[0]

const texts = { contentText: sql`content_text`, contentHtml: sql`content_html` }

/** A text of a message, part by part; each is found in the whole text anew. */
export async function* textIn(
  db: Db,
  workspaceId: string,
  { id, field }: { id: string; field: keyof typeof texts },
): AsyncGenerator<string> {
  const size = limits.textPart
  for (let at = 1, length = size; length >= size; at += size) {
    const [found] = await db.manyApart<{ part: string }>(
      sql`select substr(${texts[field]}, ${at}, ${size}) as part from messages where workspace_id = ${workspaceId} and id = ${id}`,
      workspaceId,
    )
    if (!found) throw new Error(`The message ${id} is gone: was its contact erased?`)
    length = found.part.length
    yield found.part
  }
}

export const findMessage = async (db: Queries, workspaceId: string, id: string) => {
  const row = await db.one<PartOf<MessageRow>>(
    sql`select ${columns}, content_text as "contentText", content_html as "contentHtml"
        from messages where workspace_id = ${workspaceId} and id = ${id}`,
  )
  return row && (await whole<MessageRow>(db, workspaceId, [row]))[0]
}

type PartOf<M> = Omit<M, 'attachments' | keyof Shown | keyof Delay> & Stored

const whole = async <M extends MessageRow | ListedMessage>(
  db: Queries,
  workspaceId: string,
  rows: PartOf<M>[],
): Promise<M[]> => {
  const ids = rows.filter((row) => row.attachmentCount > 0).map((row) => row.id)
  const found = await attachmentsOf(db, workspaceId, ids)
  const delays = await delaysIn(db, workspaceId, rows)
  return rows.map(
    ({ fromName, fromEmail, addresses, mailTo, ...row }) =>
      ({
        ...row,
        ...shownAddresses({ fromName, fromEmail, addresses, mailTo }),
        ...(delays.get(row.id) ?? notDelayed),
        attachments: found.filter(({ messageId }) => messageId === row.id),
      }) as unknown as M,
  )
}

const notDelayed: Delay = { attempts: null, lastError: null, nextAttemptAt: null }

const delaysIn = async (db: Queries, workspaceId: string, rows: Pick<MessageRow, 'id' | 'status'>[]) => {
  const subjectIds = rows.filter(({ status }) => status === 'PENDING').map(({ id }) => id)
  return subjectIds.length === 0 ? new Map<string, Delay>() : delaysOf(db, workspaceId, { kind: sendMail, subjectIds })
}

export const attachmentsOf = async (db: Queries, workspaceId: string, messageIds: string[]) =>
  messageIds.length === 0
    ? []
    : db.many<StoredAttachment & { messageId: string }>(
        sql`select message_id as "messageId", number, name, content_type as "contentType", size, begins_at as "beginsAt"
            from attachments where workspace_id = ${workspaceId} and message_id in (${list(messageIds)})
            order by message_id, number`,
      )

export type NewAttachment = Omit<Attachment, 'number'> & {
  /** Where it begins in the message's stored bytes; a part of the mail has to be taken out of it. */
  beginsAt?: number
}

export interface NewMessageRow {
  id: string
  seq: number
  conversationId: string
  contactId: string
  agentId: string | null
  direction: Message['direction']
  senderType: Message['senderType']
  isNote: number
  isUnread: number
  isAutomatic: number
  status: MessageStatus
  contentText: string
  contentHtml: string | null
  preview: string
  createdAt: string
  sentAt: string | null
  attachments: NewAttachment[]
  mail: { id: string | null; key: string; size: number } | null
  /** What a sender that may repeat itself calls the message. */
  clientKey: string | null
  /** Null where it is no mail. */
  addresses: Addresses | null
  fromName: string | null
  fromEmail: string | null
  /** Where its answer is to go, or where it goes; null: to the contact. */
  replyTo: string | null
  claimsToBeOurs: number
}

export const insertMessage = async (tx: Queries, workspaceId: string, row: NewMessageRow) => {
  await tx.run(
    sql`insert into messages (seq, id, workspace_id, conversation_id, contact_id, agent_id, direction, sender_type, is_note,
          is_unread, is_automatic, status, content_text, content_html, preview, created_at, sent_at, attachment_count, mail_id, mail_key, mail_size,
          client_key, addresses, from_name, from_email, reply_to, claims_to_be_ours, html_version)
        values (${row.seq}, ${row.id}, ${workspaceId}, ${row.conversationId}, ${row.contactId}, ${row.agentId}, ${row.direction},
          ${row.senderType}, ${row.isNote}, ${row.isUnread}, ${row.isAutomatic}, ${row.status}, ${row.contentText}, ${row.contentHtml},
          ${row.preview}, ${row.createdAt}, ${row.sentAt}, ${row.attachments.length}, ${row.mail?.id ?? null},
          ${row.mail?.key ?? null}, ${row.mail?.size ?? null}, ${row.clientKey}, ${row.addresses && JSON.stringify(row.addresses)}, ${row.fromName},
          ${row.fromEmail}, ${row.replyTo}, ${row.claimsToBeOurs}, ${htmlVersion})`,
  )
  for (const [i, attachment] of row.attachments.entries())
    await tx.run(
      sql`insert into attachments (workspace_id, message_id, number, name, content_type, size, begins_at)
          values (${workspaceId}, ${row.id}, ${i + 1}, ${attachment.name}, ${attachment.contentType}, ${attachment.size},
            ${attachment.beginsAt ?? null})`,
    )
}

/** The largest seq from `from` up to, not including, `to`. */
export const lastSeq = async (tx: Queries, from: number, to: number) =>
  (
    await tx.one<{ last: number | null }>(
      sql`select max(seq) as last from messages where seq >= ${from} and seq < ${to}`,
    )
  )?.last ?? undefined

/** Of the newest message of a conversation, notes included; 0 where it has none. */
export const newestSeq = async (tx: Queries, workspaceId: string, conversationId: string) =>
  (await tx.one<{ seq: number | null }>(
    sql`select max(seq) as seq from messages where workspace_id = ${workspaceId} and conversation_id = ${conversationId}`,
  ))!.seq ?? 0

/** Conversation and contact show this message as their newest, unless they have a newer one. */
export const showAsNewest = async (tx: Queries, workspaceId: string, row: NewMessageRow, isArchived: boolean) => {
  const { seq, createdAt, preview, conversationId, contactId, direction } = row
  // its date tells nothing of when it came
  const changed = isArchived ? sql`, changed_at = ${timestamp()}` : nothing
  await tx.run(
    sql`update conversations set last_message_seq = ${seq}, last_message_at = ${createdAt}, activity_at = ${createdAt},
          last_message_preview = ${preview} ${changed}
          ${direction === 'OUTBOUND' ? sql`, is_undelivered = 0` : nothing}
        where workspace_id = ${workspaceId} and id = ${conversationId} and last_message_seq < ${seq}`,
  )
  await tx.run(
    sql`update contacts set last_message_seq = ${seq}, last_message_at = ${createdAt}, activity_at = ${createdAt},
          last_message_preview = ${preview}, latest_conversation_id = ${conversationId} ${changed}
        where workspace_id = ${workspaceId} and id = ${contactId} and last_message_seq < ${seq}`,
  )
}

export const addUnread = (tx: Queries, workspaceId: string, conversationId: string) =>
  tx.run(
    sql`update conversations set unread_count = unread_count + 1 where workspace_id = ${workspaceId} and id = ${conversationId}`,
  )
