import { findAgentByKey } from '../agents/queries.ts'
import { createContact } from '../contacts/create.ts'
import type { Source } from '../contacts/schema.ts'
import { openConversation } from '../conversations/open.ts'
import { findConversation, holdConversation } from '../conversations/queries.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { append, type Place } from '../messages/append.ts'
import { digestNow } from '../messages/digest.ts'
import { quoted } from '../messages/quote.ts'
import { receive } from '../messages/receive.ts'
import { limits } from '../limits.ts'
import { mailKey } from '../mime/identity.ts'
import type { Mailbox } from '../mime/mailboxes.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { addReferences, findByMailKey, findReferences, type Reference } from './queries.ts'
import { cutUnproven, storeReport, type ReportMail } from './report.ts'
import { keepRaw, storeWithMessage } from '../messages/raw.ts'

/** A mail to be kept, with what is known of it besides. */
export interface Arrival {
  workspaceId: string
  /** Made before, so that large raw mails can be stored ahead under it. */
  messageId: string
  raw: Uint8Array
  /** What could be read; where nothing could, the reason. */
  mail: ParsedMail | { unreadable: string }
  /** Keys of the team's own addresses: a mail from one of them went out. */
  own: ReadonlySet<string>
  source: Source
  /** Whether it arrived just now; an archived mail wakes and reopens nothing. */
  isNews: boolean
  /** Of the conversation that it opens. */
  status: ConversationStatus
  /** Of its arrival; of an archived mail, where the mail itself has no date. */
  fallbackDate: Date
  /** What it came through. */
  channelId?: string
  /** The conversation that it was sent to by its reply address; goes for nobody but that conversation's contact. */
  repliesTo?: string | undefined
  /** The message whose envelope sender it was sent to. */
  bounced?: string | undefined
  /** Servers whose findings about a sender are believed. */
  authservIds?: readonly string[]
  /** How many there were, where `raw` is only their beginning. */
  receivedBytes?: number
  /** What its archive calls the thread that it belongs to; like a Message-ID that its mails refer to. */
  archiveThread?: string | undefined
}

export interface Stored {
  /** `stray`: a delivery report about a mail that is none of ours, which is no message. */
  outcome: 'stored' | 'duplicate' | 'stray'
  /** Of the mail. */
  key: string
  /** The message that it is, or already was. */
  messageId: string
  /** Null for a stray report. */
  conversationId: string | null
  isNewContact: boolean
  isNewConversation: boolean
}

/** Stores a mail in a transaction of its own, a large one piece by piece before it. */
export const keepMail = async (db: Db, arrival: Arrival): Promise<Stored> => {
  const { mail, isNews } = arrival
  const kept = isNews && isReport(mail) ? await cutUnproven(db, arrival, mail) : arrival
  return keepRaw(db, kept, {
    store: () => db.transaction((tx) => storeMail(tx, kept)),
    isClaimed: ({ outcome }) => outcome !== 'duplicate',
  })
}

const isReport = (mail: Arrival['mail']): mail is ReportMail => 'report' in mail && mail.report !== null

/** Makes a mail a contact, a conversation and a message; the one way in for mail of every kind. */
export const storeMail = async (tx: Tx, arrival: Arrival): Promise<Stored> => {
  const { workspaceId, messageId, raw, source, isNews } = arrival
  const mail = 'unreadable' in arrival.mail ? asMessage(arrival.mail.unreadable, raw) : arrival.mail
  const { key } = mail
  const known = await findByMailKey(tx, workspaceId, key)
  if (known) return { outcome: 'duplicate', key, ...known, isNewContact: false, isNewConversation: false }
  if (isNews && isReport(mail)) return storeReport(tx, arrival, mail)

  const isOutbound = isOwn(arrival.own, mail.from?.address)
  const { contact, isNew } = await createContact(tx, workspaceId, {
    ...personOf(mail, arrival.own, isOutbound),
    source,
  })
  const ids = [mail.messageId, ...mail.references, arrival.archiveThread]
  const references = ids.filter((id) => typeof id === 'string')
  const seen = await findReferences(tx, workspaceId, { contactId: contact.id, references })
  const found = await findThread(tx, arrival, { contactId: contact.id, seen })
  if (isNews && found !== undefined) await holdConversation(tx, workspaceId, found)
  const conversationId =
    found ??
    (await openConversation(tx, workspaceId, {
      contactId: contact.id,
      subject: mail.subject,
      status: arrival.status,
      source,
      channelId: arrival.channelId ?? null,
    }))
  const isSeen = (reference: string) =>
    seen.some((one) => one.reference === reference && one.conversationId === conversationId)
  const unseen = references.filter((reference) => !isSeen(reference))
  await addReferences(tx, workspaceId, { contactId: contact.id, conversationId, references: unseen })

  const place = { workspaceId, conversationId, contactId: contact.id }
  // one that arrives now is news now, however long it was on its way and whatever its sender's clock says
  const dated = isNews ? {} : { date: mail.date ? new Date(mail.date) : arrival.fallbackDate }
  const message = {
    ...dated,
    id: messageId,
    contentText: mail.text,
    digest: mail.digest,
    contentHtml: mail.html,
    attachments: mail.attachments,
    mail: { id: mail.messageId, key, size: raw.length },
    isAutomatic: mail.isAutomatic,
  }
  if (isOutbound) {
    // whoever imports an archive vouches for it
    const agentId = await agentOf(tx, workspaceId, mail.from)
    await append(tx, place, { ...message, agentId, direction: 'OUTBOUND', senderType: 'AGENT', status: 'SENT' })
  } else await receive(tx, place, message, { isNews })
  if (!isOutbound && mail.senders.length > 0) await tellSenders(tx, place, { ...dated, senders: mail.senders })
  await storeWithMessage(tx, { workspaceId, messageId, raw })
  return { outcome: 'stored', key, messageId, conversationId, isNewContact: isNew, isNewConversation: !found }
}

/** Mail programs show one of them, not always the one who is the contact here. */
const tellSenders = async (
  tx: Tx,
  place: Place,
  { senders, ...date }: { senders: Mailbox[]; date?: Date },
): Promise<void> => {
  const named = senders.map(({ name, address }) => `- ${quoted(name === '' ? address : `${name} <${address}>`)}`)
  const contentText = [
    'The mail above names several senders, so it may not be from whom it seems to be:',
    ...named,
  ].join('\n')
  await append(tx, place, {
    direction: 'SYSTEM',
    senderType: 'SYSTEM',
    status: 'SENT',
    isNote: true,
    isAutomatic: true,
    contentText,
    digest: digestNow(contentText),
    ...date,
  })
}

/**
 * By the reply address that it was sent to, else by what it refers to, the latest if there are several; always among the
 * contact's own conversations.
 */
const findThread = async (
  tx: Tx,
  { workspaceId, repliesTo }: Arrival,
  { contactId, seen }: { contactId: string; seen: Reference[] },
): Promise<string | undefined> => {
  if (repliesTo !== undefined) {
    const conversation = await findConversation(tx, workspaceId, repliesTo)
    if (conversation?.contact.id === contactId) return repliesTo
  }
  return seen
    .map(({ conversationId }) => conversationId)
    .sort()
    .at(-1)
}

const agentOf = async (tx: Tx, workspaceId: string, from: ParsedMail['from']): Promise<string | null> =>
  from && isEmail(from.address) ? ((await findAgentByKey(tx, workspaceId, emailKey(from.address)))?.id ?? null) : null

const isOwn = (own: ReadonlySet<string>, address = ''): boolean => isEmail(address) && own.has(emailKey(address))

/** The customer: who wrote it, or, where we wrote it, the first other person it went to. */
const personOf = (mail: ParsedMail, own: ReadonlySet<string>, isOutbound: boolean) => {
  const mailbox = isOutbound
    ? (mail.recipients.find(({ address }) => !isOwn(own, address)) ?? mail.recipients[0])
    : mail.from
  const email = mailbox && isEmail(mailbox.address) ? mailbox.address : null
  // some clients write the address into the name, too; without an address the name may be all there is
  const name = mailbox?.name === mailbox?.address ? '' : (mailbox?.name ?? '')
  const known = name || (email === null ? (mailbox?.address ?? '') : '')
  return { email, name: known === '' ? undefined : cut(known) }
}

const cut = (name: string): string => name.slice(0, limits.nameCharacters).toWellFormed()

const asMessage = (reason: string, raw: Uint8Array): ParsedMail => {
  const text = `This mail could not be read: ${reason}. Its raw source (${raw.length} bytes) is kept.`
  return {
    key: mailKey(raw),
    from: null,
    senders: [],
    recipients: [],
    messageId: null,
    references: [],
    date: null,
    subject: 'A mail that could not be read',
    text,
    digest: digestNow(text),
    html: null,
    attachments: [],
    isAutomatic: false,
    report: null,
    authentication: [],
    archive: { labels: [], threadId: null, isDeleted: false, isDraft: false },
  }
}
