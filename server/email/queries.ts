import { sendingChannel } from '../channels/queries.ts'
import { type Db, nest, type Queries } from '../db/db.ts'
import { sql, type Sql } from '../db/sql.ts'
import type { Job } from '../jobs/queries.ts'
import { limits } from '../limits.ts'
import type { Addresses } from '../messages/addresses.ts'
import { attachmentsOf, sendMail, type StoredAttachment } from '../messages/queries.ts'
import { mailReset } from '../sessions/entrance.ts'

/** What a message would leave through. */
export const channelOfMessage = async (db: Queries, workspaceId: string, messageId: string) => {
  const conversation = await db.one<{ channelId: string | null }>(
    sql`select v.channel_id as "channelId" from messages m
        join conversations v on v.workspace_id = m.workspace_id and v.id = m.conversation_id
        where m.workspace_id = ${workspaceId} and m.id = ${messageId}`,
  )
  return sendingChannel(db, workspaceId, conversation?.channelId ?? null)
}

/** A reply with what its mail needs. */
export interface Outgoing {
  id: string
  seq: number
  status: string
  mailId: string | null
  contentText: string
  contentHtml: string | null
  createdAt: string
  attachments: StoredAttachment[]
  /** Whether the customer has written before it. */
  isAnswer: boolean
  /** Where it goes, if not to the contact. */
  replyTo: string | null
  /** Whom it goes to; null where it was written in an earlier version. */
  addresses: Addresses | null
  conversation: { id: string; subject: string; channelId: string | null }
  /** `emailKey` is null where `email` only stands in for an address. */
  contact: { id: string; email: string; emailKey: string | null; name: string }
  /** Null where a program wrote it. */
  agentName: string | null
}

/** Never a note. */
export const findOutgoing = async (db: Queries, workspaceId: string, messageId: string) => {
  const row = await db.one(
    sql`select m.id, m.seq, m.status, m.mail_id as "mailId", m.content_text as "contentText",
          m.content_html as "contentHtml", m.created_at as "createdAt", m.reply_to as "replyTo", m.addresses,
          exists (select 1 from messages b where b.workspace_id = m.workspace_id and b.conversation_id = m.conversation_id
                  and b.direction = 'INBOUND' and b.seq < m.seq) as "isAnswer", v.id as "conversation.id",
          v.subject as "conversation.subject", v.channel_id as "conversation.channelId", a.name as "agentName", c.id as "contact.id",
          c.email as "contact.email", c.email_key as "contact.emailKey", c.name as "contact.name"
        from messages m join conversations v on v.workspace_id = m.workspace_id and v.id = m.conversation_id
        join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
        left join agents a on a.workspace_id = m.workspace_id and a.id = m.agent_id
        where m.workspace_id = ${workspaceId} and m.id = ${messageId} and m.direction = 'OUTBOUND' and m.is_note = 0`,
  )
  if (!row) return undefined
  const { addresses, ...message } = nest<Outgoing & { addresses: string | null }>(row)
  return {
    ...message,
    addresses: addresses === null ? null : (JSON.parse(addresses) as Addresses),
    attachments: await attachmentsOf(db, workspaceId, [messageId]),
  }
}

interface Mail {
  id: string
  mailId: string
  mailTo: string
  hasBounceAddress: boolean
}

export const setMail = (tx: Queries, workspaceId: string, { id, mailId, mailTo, hasBounceAddress }: Mail) =>
  tx.run(
    sql`update messages set mail_id = ${mailId}, mail_to = ${mailTo}, has_bounce_address = ${hasBounceAddress ? 1 : 0}
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

/** Of a mail that has left. */
export const setAddresses = (
  tx: Queries,
  workspaceId: string,
  { id, addresses }: { id: string; addresses: Addresses },
) =>
  tx.run(
    sql`update messages set addresses = ${JSON.stringify(addresses)} where workspace_id = ${workspaceId} and id = ${id}`,
  )

interface Waiting {
  workspaceId: string
  messageId: string
  conversationId: string
  contactId: string
}

const waiting = (tx: Queries, where: Sql) =>
  tx.many<Waiting>(
    sql`select m.workspace_id as "workspaceId", m.id as "messageId", m.conversation_id as "conversationId",
          m.contact_id as "contactId"
        from jobs j join messages m on m.workspace_id = j.workspace_id and m.id = j.subject_id
        where j.kind = ${sendMail} and ${where}`,
  )

/** The message of a job. */
export const waitingFor = (tx: Queries, { id }: Job) => waiting(tx, sql`j.id = ${id}`)

/** The oldest messages whose mails wait behind a job in its queue, of whichever workspaces. */
export const waitingBehind = (tx: Queries, { id, queue }: Job) =>
  waiting(tx, sql`j.queue = ${queue} and j.id <> ${id} order by j.due_at limit ${limits.delaysTold}`)

const referencesMost = 20

/** Message-IDs of the conversation's mails before this one, the oldest first. */
export const earlierMails = async (db: Queries, workspaceId: string, { seq, conversation }: Outgoing) => {
  const rows = await db.many<{ mailId: string }>(
    sql`select mail_id as "mailId" from messages
        where workspace_id = ${workspaceId} and conversation_id = ${conversation.id} and seq < ${seq}
          and mail_id is not null and is_note = 0 order by seq desc limit ${referencesMost}`,
  )
  return rows.map(({ mailId }) => mailId).toReversed()
}

/** Of all workspaces: how many mails wait to be sent, and since when the first one does. */
export const outgoingMails = async (db: Db): Promise<{ messages: number; oldest: string | null }> =>
  // a long queue is counted where that holds up nobody
  (
    await db.manyApart<{ messages: number; oldest: string | null }>(
      sql`select count(*) as messages, min(created_at) as oldest from jobs where kind in (${sendMail}, ${mailReset})`,
      'metrics',
    )
  )[0]!
