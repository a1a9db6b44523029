import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { timestamp } from '../current-time.ts'
import { sendingChannel, setBounceRefused, type ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import { setBounced } from '../conversations/participants.ts'
import { holdConversation, setChannel } from '../conversations/queries.ts'
import type { Address } from '../conversations/schema.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { record } from '../events/queries.ts'
import type { Job } from '../jobs/queries.ts'
import { GiveUp, NotYet, type Worker } from '../jobs/work.ts'
import { mailIdOf } from '../mail/message-id.ts'
import { addReferences } from '../mail/queries.ts'
import { recipientsIn } from '../messages/addresses.ts'
import { contentOf } from '../messages/files.ts'
import { markFailed, markSent } from '../messages/delivery.ts'
import { quoted } from '../messages/quote.ts'
import { systemNote } from '../messages/reply.ts'
import { loopHeader } from '../mime/automatic.ts'
import { bounceAddress } from './bounce-address.ts'
import { queueOf, serverOf, type Send } from './deliver.ts'
import { mayUseBounceAddress } from './envelope-sender.ts'
import {
  channelOfMessage,
  earlierMails,
  findOutgoing,
  setAddresses,
  setMail,
  waitingBehind,
  waitingFor,
  type Outgoing,
} from './queries.ts'
import { failure } from './failure.ts'
import type { Rejected } from './transport.ts'
import { replyAddress } from './reply-address.ts'

const minutes = (...numbers: number[]) => numbers.map((n) => n * 60_000)

interface Options {
  db: Db
  send: Send
  /** For channels that have no server of their own; empty where there is none. */
  smtpUrl: string
  /** Channel addresses and domains for which bounce addresses do not work. */
  noBounceAddress?: readonly string[]
  /** Nothing leaves, wherever it would go. */
  isDemo?: boolean
}

/** Sends replies as mails. A message that has left is SENT; one that cannot arrive is FAILED, with the reason. */
export const mailSender = ({ db, send, smtpUrl, noBounceAddress = [], isDemo = false }: Options): Worker => ({
  // a day
  waits: minutes(1, 5, 15, 60, 120, 240, 480, 480),
  queueOf: async (db, { workspaceId, subjectId }) =>
    queueOf(await channelOfMessage(db, workspaceId, subjectId), 'mails'),
  run: async (job, closing) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(limits.sendingTimeout)])
    const message = await findOutgoing(db, job.workspaceId, job.subjectId)
    if (!message || message.status !== 'PENDING') return async () => {}
    if (isDemo) throw new NotYet(failure('demo').sentence, 'Replies wait: this is a demo.')
    if (recipientsOf(message).to.length === 0) throw new GiveUp('The contact has no email address.')
    const channel = await sendingChannel(db, job.workspaceId, message.conversation.channelId)
    if (!channel || job.queue === '')
      throw new NotYet(
        failure('no_channel').sentence,
        `Replies wait: the workspace ${job.workspaceId} has no EMAIL channel (docs/email.md).`,
      )
    const server = serverOf(channel, smtpUrl)
    if (server.url === '')
      throw new NotYet(
        failure('no_server').sentence,
        'Replies wait: SMTP_URL is not set, and the channel has no smtpUrl (docs/email.md).',
      )
    const mailId = message.mailId ?? mailIdOf(message.id, channel.email!)
    const sendWith = async (hasBounceAddress: boolean) => {
      const leaving = { message, channel, mailId, hasBounceAddress }
      await db.transaction((tx) => prepare(tx, job.workspaceId, leaving))
      return send(server, await compose(db, job.workspaceId, leaving), signal)
    }
    const hasBounceAddress = mayUseBounceAddress({ channel, server, noBounceAddress })
    let isRefused = false
    const rejected = await sendWith(hasBounceAddress).catch((error: unknown) => {
      if (!hasBounceAddress || !mayBeAboutSender(error)) throw error
      isRefused = true
      return sendWith(false)
    })
    const sentAt = timestamp()
    return async (tx) => {
      if (isRefused) await setBounceRefused(tx, job.workspaceId, { id: channel.id, at: sentAt })
      await setFrom(tx, job, { name: senderOf(channel, message), email: channel.email! })
      const first = rejected.find(({ email }) => email === recipientsOf(message).to[0]!.email)
      await mark(tx, job, message, first ? { status: 'FAILED', reason: first.reason } : { status: 'SENT', sentAt })
      for (const each of rejected) if (each !== first) await tellRejected(tx, job, message, each)
    }
  },
  giveUp: (job, reason) => async (tx) => {
    const message = await findOutgoing(tx, job.workspaceId, job.subjectId)
    if (message) await mark(tx, job, message, { status: 'FAILED', reason })
  },
  postponed: (job, isPaused) => async (tx) => {
    const changed = [...(await waitingFor(tx, job)), ...(isPaused ? await waitingBehind(tx, job) : [])]
    for (const { workspaceId, ...about } of changed) record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...about })
  },
})

/** Nobody where no address is known. */
const recipientsOf = ({ addresses, replyTo, contact }: Outgoing) => {
  if (addresses) return addresses
  const contacts = contact.emailKey === null ? [] : [{ name: contact.name, email: contact.email }]
  return { to: replyTo === null ? contacts : [{ name: '', email: replyTo }], cc: [], bcc: [] }
}

const asMailbox = ({ name, email }: Address) => ({ name, address: email })

interface Leaving {
  message: Outgoing
  channel: ChannelRow
  mailId: string
  hasBounceAddress: boolean
}

/**
 * Servers refuse an envelope sender at any step, so whatever is not plainly about the recipient (RFC 3463) is tried once more with
 * the channel's address.
 */
const mayBeAboutSender = (error: unknown): boolean =>
  error instanceof GiveUp && !/^\d{3}[ -]5\.(1\.[1-69]|2)\b/.test(error.message)

/** Before it leaves, so that an answer is recognised however soon it comes, and another try has the same Message-ID. */
const prepare = async (
  tx: Tx,
  workspaceId: string,
  { message, channel, mailId, hasBounceAddress }: Leaving,
): Promise<void> => {
  const { id, conversation } = message
  const { contactId } = (await holdConversation(tx, workspaceId, conversation.id)) ?? erased()
  if (conversation.channelId === null) await setChannel(tx, workspaceId, { id: conversation.id, channelId: channel.id })
  const mailTo = recipientsOf(message).to[0]!.email
  await setMail(tx, workspaceId, { id, mailId, mailTo, hasBounceAddress })
  await addReferences(tx, workspaceId, { contactId, conversationId: conversation.id, references: [mailId] })
}

/** Once it has left. Its recipients are read again: one of them may have been erased meanwhile. */
const setFrom = async (tx: Tx, { workspaceId, subjectId: id }: Job, from: Address): Promise<void> => {
  const message = await findOutgoing(tx, workspaceId, id)
  if (!message) return
  const { to, cc, bcc } = recipientsOf(message)
  await setAddresses(tx, workspaceId, { id, addresses: { from, replyTo: [], to, cc, bcc } })
}

const erased = (): never => {
  throw new GiveUp('The contact was erased.')
}

const compose = async (
  db: Db,
  workspaceId: string,
  { message, channel, mailId, hasBounceAddress }: Leaving,
): Promise<SendMailOptions> => {
  const { conversation } = message
  const recipients = recipientsOf(message)
  const earlier = await earlierMails(db, workspaceId, message)
  const answered = earlier.at(-1)
  const replyTo = replyAddress(channel, { conversationId: conversation.id, hasDomain: hasBounceAddress })
  return {
    envelope: {
      from: hasBounceAddress ? bounceAddress(channel, message.id) : channel.email!,
      to: recipientsIn(recipients).map(({ email }) => email),
    },
    from: { name: senderOf(channel, message), address: channel.email! },
    to: recipients.to.map(asMailbox),
    cc: recipients.cc.map(asMailbox),
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

/** Whom the customer sees in the list of their mails. */
const senderOf = ({ name, senderName }: ChannelRow, { agentName }: Outgoing): string =>
  senderName === 'TEAM' || agentName === null ? name : `${agentName} at ${name}`

/** A mail, or the parts of one, would be taken apart by whoever receives it. */
const asFile = (type: string): string => (/^(multipart|message)\//i.test(type) ? 'application/octet-stream' : type)

const asReply = (subject: string): string => (/^(re|aw|sv|antw):/i.test(subject) ? subject : `Re: ${subject}`)

/** The others got the mail: nothing is sent to this one again until an agent does. */
const tellRejected = async (tx: Tx, { workspaceId }: Job, message: Outgoing, { email, reason }: Rejected) => {
  const conversationId = message.conversation.id
  await setBounced(tx, workspaceId, { conversationId, key: emailKey(email) })
  const place = { workspaceId, conversationId, contactId: message.contact.id }
  await systemNote(tx, place, `The mail was not delivered to ${email}. The mail server answered: ${quoted(reason)}`)
}

type Delivery = { status: 'SENT'; sentAt: string } | { status: 'FAILED'; reason: string }

const mark = async (tx: Tx, { workspaceId }: Job, { id: messageId, conversation }: Outgoing, delivery: Delivery) => {
  const conversationId = conversation.id
  const held = await holdConversation(tx, workspaceId, conversationId)
  if (!held) return
  const reply = { workspaceId, conversationId, contactId: held.contactId, messageId }
  if (delivery.status === 'SENT') await markSent(tx, reply, delivery.sentAt)
  else await markFailed(tx, reply, delivery.reason)
}
