import { timestamp } from '../current-time.ts'
import { limits } from '../limits.ts'
import { setBounced } from '../conversations/participants.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { Queries, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { markFailed } from '../messages/delivery.ts'
import { systemNote } from '../messages/reply.ts'
import { storeWithMessage } from '../messages/raw.ts'
import { isAuthenticated } from '../mime/authentication.ts'
import type { DeliveryReport, ReportedRecipient } from '../mime/delivery-report.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { messageIdIn } from './message-id.ts'
import { findSent, othersOf, reportsTrustedUntil, type SentMail } from './queries.ts'
import type { Arrival, Stored } from './store.ts'
import { beginningOf, insertStray, namesIn } from './strays.ts'

export type ReportMail = ParsedMail & { report: DeliveryReport }

/** Which mail of ours a report is about, and whether whoever wrote it can know. */
interface Verdict {
  about: SentMail
  isProven: boolean
}

/** Undefined where it is about no mail of ours. */
const judge = async (
  db: Queries,
  { workspaceId, bounced, authservIds = [] }: Arrival,
  mail: ReportMail,
): Promise<Verdict | undefined> => {
  const { report } = mail
  const returned = bounced === undefined ? undefined : await findSent(db, workspaceId, bounced)
  if (returned) return { about: returned, isProven: recipientIn(report, returned) !== undefined }
  const about = await findReported(db, workspaceId, [...report.messageIds, ...mail.references])
  if (!about) return undefined
  if (about.mailTo === null)
    return { about, isProven: timestamp() < ((await reportsTrustedUntil(db, workspaceId)) ?? '') }
  // where the envelope sender was ours, a true report comes back to it
  const isProven =
    about.hasBounceAddress === 0 && recipientIn(report, about) !== undefined && isAuthenticated(mail, authservIds)
  return { about, isProven }
}

const findReported = async (db: Queries, workspaceId: string, mailIds: string[]): Promise<SentMail | undefined> => {
  for (const mailId of mailIds) {
    const id = messageIdIn(mailId)
    const sent = id === undefined ? undefined : await findSent(db, workspaceId, id)
    if (sent?.mailId === mailId) return sent
  }
  return undefined
}

/** What it says about the mail's recipient. Of mail that was sent before recipients were recorded: about anyone. */
const recipientIn = (report: DeliveryReport, about: SentMail): Found | undefined => {
  const { recipients } = report
  const { mailTo } = about
  if (mailTo === null) {
    const any = recipients.find(({ isFinal }) => isFinal) ?? recipients[0]
    return any && { ...any, key: '', isFirst: true }
  }
  for (const email of [mailTo, ...othersOf(about)]) {
    const key = emailKey(email)
    const isMeant = (address: string) => isEmail(address) && emailKey(address) === key
    const found = recipients.find(({ addresses }) => addresses.some(isMeant))
    if (found) return { ...found, key, isFirst: email === mailTo }
  }
  return undefined
}

interface Found extends ReportedRecipient {
  key: string
  /** Whether the mail is for them, and for others only besides. */
  isFirst: boolean
}

/** Anybody can write a report: of one without proof only the beginning is kept. */
export const cutUnproven = async (db: Queries, arrival: Arrival, mail: ReportMail): Promise<Arrival> =>
  (await judge(db, arrival, mail))?.isProven
    ? arrival
    : { ...arrival, raw: beginningOf(arrival.raw), receivedBytes: arrival.raw.length }

export const storeReport = async (tx: Tx, arrival: Arrival, mail: ReportMail): Promise<Stored> => {
  const verdict = await judge(tx, arrival, mail)
  return verdict ? storeBeside(tx, arrival, { mail, ...verdict }) : storeStray(tx, arrival, mail)
}

/** A report about a mail that is none of ours opens nothing: it is kept for the operator. */
const storeStray = async (tx: Tx, arrival: Arrival, { key, report: { reason } }: ReportMail): Promise<Stored> => {
  const { workspaceId, messageId: id, channelId = null, raw, receivedBytes = raw.length, fallbackDate } = arrival
  const createdAt = fallbackDate.toISOString()
  const sizes = { size: raw.length, receivedSize: receivedBytes }
  await insertStray(tx, { id, workspaceId, channelId, reason, ...sizes, createdAt, key, names: namesIn(raw) })
  await storeWithMessage(tx, { workspaceId, messageId: id, raw })
  return { outcome: 'stray', key, messageId: id, conversationId: null, isNewContact: false, isNewConversation: false }
}

/**
 * Keeps it in the conversation as an internal note: ours is its first sentence, the rest is quoted. One that is proven marks the
 * message and opens the conversation; any other changes nothing.
 */
const storeBeside = async (
  tx: Tx,
  arrival: Arrival,
  { mail, about, isProven }: Verdict & { mail: ReportMail },
): Promise<Stored> => {
  const { workspaceId, messageId, raw } = arrival
  const { key } = mail
  const { conversationId } = about
  const owner = await holdConversation(tx, workspaceId, conversationId)
  // erased in between
  if (!owner) return storeStray(tx, arrival, mail)
  const { contactId } = owner
  const place = { workspaceId, conversationId, contactId }
  const recipient = recipientIn(mail.report, about)
  if (isProven && recipient?.isFinal) await setBounced(tx, workspaceId, { conversationId, key: recipient.key })
  if (isProven && recipient?.isFinal && recipient.isFirst) {
    const reason = `${sentences.failed}${statusOf(recipient)}.`
    await markFailed(tx, { ...place, messageId: about.id }, reason)
  }
  const contentText = `${sentenceOf(recipient, isProven)}\n\n${quoted(mail.text)}`.trimEnd()
  await systemNote(tx, place, contentText, {
    id: messageId,
    isAutomatic: true,
    attachments: isProven ? mail.attachments : [],
    mail: { id: mail.messageId, key, size: raw.length },
  })
  await storeWithMessage(tx, { workspaceId, messageId, raw })
  return { outcome: 'stored', key, messageId, conversationId, isNewContact: false, isNewConversation: false }
}

const sentences = {
  failed: 'A mail server reports that the mail could not be delivered',
  other: 'A mail server reports on the delivery of the mail',
  unverified: 'Unverified delivery report: nothing proves that a mail server wrote it, so no message was changed.',
}

const sentenceOf = (recipient: Found | undefined, isProven: boolean): string => {
  if (!isProven) return sentences.unverified
  const what = recipient?.isFinal ? sentences.failed : sentences.other
  return `${what}${recipient && !recipient.isFirst ? ` to ${recipient.key}` : ''}${statusOf(recipient)}.`
}

const statusOf = (recipient: ReportedRecipient | undefined): string =>
  recipient?.status ? ` (status ${recipient.status})` : ''

/** Somebody else's words, each line marked as such. */
const quoted = (text: string): string =>
  text
    .slice(0, limits.reportCharacters)
    .toWellFormed()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
