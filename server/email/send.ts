import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { findChannel, firstEmailChannel, type ChannelRow } from '../channels/queries.ts'
import { holdConversation, setChannel } from '../conversations/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { isEmail } from '../email-address.ts'
import { record } from '../events/queries.ts'
import type { Job } from '../jobs/queries.ts'
import { GiveUp, NotYet, type Worker } from '../jobs/work.ts'
import { mailIdOf } from '../mail/message-id.ts'
import { addReferences } from '../mail/queries.ts'
import { contentOf } from '../messages/files.ts'
import { setDelivery } from '../messages/queries.ts'
import { loopHeader } from '../mime/automatic.ts'
import { serverOf, type Send } from './deliver.ts'
import { earlierMails, findOutgoing, setMailId, type Outgoing } from './queries.ts'
import { replyAddress } from './reply-address.ts'

const minutes = (...numbers: number[]) => numbers.map((n) => n * 60_000)

interface Options {
  db: Db
  send: Send
  /** For channels that have no server of their own; empty where there is none. */
  smtpUrl: string
}

/** Sends replies as mails. A message that has left is SENT; one that cannot arrive is FAILED, with the reason. */
export const mailSender = ({ db, send, smtpUrl }: Options): Worker => ({
  // a day
  waits: minutes(1, 5, 15, 60, 120, 240, 480, 480),
  run: async (job) => {
    const message = await findOutgoing(db, job.workspaceId, job.subjectId)
    if (!message || message.status !== 'PENDING') return async () => {}
    if (!isEmail(message.contact.email)) throw new GiveUp('The contact has no email address.')
    const channel = await channelFor(db, job.workspaceId, message)
    const server = serverOf(channel, smtpUrl)
    if (server.url === '')
      throw new NotYet('Replies wait: SMTP_URL is not set, and the channel has no smtpUrl (docs/email.md).')
    const mailId = message.mailId ?? mailIdOf(message.id, channel.email!)
    await db.transaction((tx) => prepare(tx, job.workspaceId, { message, channel, mailId }))
    await send(server, await compose(db, job.workspaceId, { message, channel, mailId }))
    const sentAt = new Date().toISOString()
    return (tx) => mark(tx, job, message, { status: 'SENT', sentAt })
  },
  giveUp: (job, reason) => async (tx) => {
    const message = await findOutgoing(tx, job.workspaceId, job.subjectId)
    if (message) await mark(tx, job, message, { status: 'FAILED', reason })
  },
})

/** The conversation's own, as long as it is there and sends mail; else the workspace's first. */
const channelFor = async (db: Db, workspaceId: string, { conversation }: Outgoing): Promise<ChannelRow> => {
  const own = conversation.channelId === null ? undefined : await findChannel(db, workspaceId, conversation.channelId)
  const channel = own?.kind === 'EMAIL' ? own : await firstEmailChannel(db, workspaceId)
  if (!channel) throw new NotYet(`Replies wait: the workspace ${workspaceId} has no EMAIL channel (docs/email.md).`)
  return channel
}

interface Leaving {
  message: Outgoing
  channel: ChannelRow
  mailId: string
}

/** Before it leaves, so that an answer is recognised however soon it comes, and another try has the same Message-ID. */
const prepare = async (tx: Tx, workspaceId: string, { message, channel, mailId }: Leaving): Promise<void> => {
  const { id, conversation } = message
  const { contactId } = (await holdConversation(tx, workspaceId, conversation.id)) ?? erased()
  if (conversation.channelId === null) await setChannel(tx, workspaceId, { id: conversation.id, channelId: channel.id })
  await setMailId(tx, workspaceId, { id, mailId })
  await addReferences(tx, workspaceId, { contactId, conversationId: conversation.id, references: [mailId] })
}

const erased = (): never => {
  throw new GiveUp('The contact was erased.')
}

const compose = async (
  db: Db,
  workspaceId: string,
  { message, channel, mailId }: Leaving,
): Promise<SendMailOptions> => {
  const { conversation, contact } = message
  const earlier = await earlierMails(db, workspaceId, message)
  const answered = earlier.at(-1)
  const replyTo = replyAddress(channel, { id: conversation.id, contactId: contact.id })
  return {
    from: { name: channel.name, address: channel.email! },
    to: { name: contact.name, address: contact.email },
    replyTo: { name: channel.name, address: replyTo },
    subject: message.isAnswer ? asReply(conversation.subject) : conversation.subject,
    messageId: `<${mailId}>`,
    ...(answered === undefined ? {} : { inReplyTo: `<${answered}>`, references: earlier.map((id) => `<${id}>`) }),
    date: new Date(message.createdAt),
    text: message.contentText,
    ...(message.contentHtml === null ? {} : { html: message.contentHtml }),
    attachments: message.attachments.map((file) => ({
      filename: file.name,
      contentType: asFile(file.contentType),
      contentDisposition: 'attachment',
      contentTransferEncoding: 'base64',
      content: Readable.from(contentOf(db, workspaceId, { messageId: message.id, ...file })!, { objectMode: false }),
    })),
    headers: { [loopHeader]: channel.id },
  }
}

/** A mail, or the parts of one, would be taken apart by whoever receives it. */
const asFile = (type: string): string => (/^(multipart|message)\//i.test(type) ? 'application/octet-stream' : type)

const asReply = (subject: string): string => (/^(re|aw|sv|antw):/i.test(subject) ? subject : `Re: ${subject}`)

type Delivery = { status: 'SENT'; sentAt: string } | { status: 'FAILED'; reason: string }

const mark = async (tx: Tx, { workspaceId }: Job, { id, conversation, contact }: Outgoing, delivery: Delivery) => {
  await setDelivery(tx, workspaceId, { id, ...delivery })
  const about = { contactId: contact.id, conversationId: conversation.id, messageId: id }
  record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...about })
}
