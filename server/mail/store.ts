import { createContact, type Created } from '../contacts/create.ts'
import { findContact, type StoredContact } from '../contacts/queries.ts'
import type { Source } from '../contacts/schema.ts'
import { openConversation } from '../conversations/open.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { record } from '../events/queries.ts'
import { append, type Place } from '../messages/append.ts'
import { digestNow } from '../messages/digest.ts'
import { quoted } from '../messages/quote.ts'
import { receive } from '../messages/receive.ts'
import { limits } from '../limits.ts'
import { mailKey } from '../mime/identity.ts'
import type { Mailbox } from '../mime/mailboxes.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { authorOf, type Author } from './author.ts'
import { addressesOf, keepParticipants } from './participants.ts'
import { addReferences, findByMailKey, findReferences } from './queries.ts'
import { cutUnproven, storeReport, type ReportMail } from './report.ts'
import { findAnswered, findCopied, threadOf } from './thread.ts'
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
  /** The conversation that it was sent to by its reply address; goes for nobody but whom that conversation is with. */
  repliesTo?: string | undefined
  /** The message whose envelope sender it was sent to. */
  bounced?: string | undefined
  /** Whether its envelope has no sender: whatever wrote it wants no answer (RFC 5321). */
  hasNullSender?: boolean
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

  const author = await authorOf(tx, { ...arrival, authservIds: arrival.authservIds ?? [] }, mail)
  const copied = await findCopied(tx, workspaceId, { mail, author })
  if (copied) return { outcome: 'duplicate', key, ...copied, isNewContact: false, isNewConversation: false }

  const answered = author.isOutbound ? undefined : await findAnswered(tx, arrival, { mail, author })
  const owner = answered === undefined ? undefined : await holdConversation(tx, workspaceId, answered)
  const { contact, isNew } = await contactOf(tx, arrival, { author, owner })
  const contactId = contact.id
  const ids = [mail.messageId, ...mail.references, arrival.archiveThread]
  const references = ids.filter((id) => typeof id === 'string')
  const seen = await findReferences(tx, workspaceId, { contactId, references })
  const answer = owner?.contactId === contactId ? answered : undefined
  const found = await threadOf(tx, workspaceId, { mail, contactId, seen, answer })
  if (isNews && found !== undefined) await holdConversation(tx, workspaceId, found)
  const conversationId =
    found ??
    (await openConversation(tx, workspaceId, {
      contactId,
      subject: mail.subject,
      status: arrival.status,
      source,
      channelId: arrival.channelId ?? null,
    }))
  const isSeen = (reference: string) =>
    seen.some((one) => one.reference === reference && one.conversationId === conversationId)
  const unseen = references.filter((reference) => !isSeen(reference))
  await addReferences(tx, workspaceId, { contactId, conversationId, references: unseen })

  const place = { workspaceId, conversationId, contactId }
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
    addresses: addressesOf(mail),
    isAutomatic: mail.isAutomatic || (arrival.hasNullSender ?? false),
  }
  if (author.isOutbound) {
    const { agentId } = author
    await append(tx, place, { ...message, agentId, direction: 'OUTBOUND', senderType: 'AGENT', status: 'SENT' })
    if (isNews) record(tx, workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId })
  } else {
    const { answersTo, claimsToBeOurs } = author
    const said = { from: otherThan(mail.from, contact), replyTo: otherThan(answersTo, contact)?.address ?? null }
    // what nobody is to answer is no work, unless it belongs to something
    const isUnread = isNews && (found !== undefined || !arrival.hasNullSender)
    await receive(tx, place, { ...message, ...said, claimsToBeOurs }, { isNews, isUnread })
  }
  const took = { from: author.isOutbound ? [] : [mail.from, author.answersTo], mail, contact }
  const since = (isNews ? arrival.fallbackDate : (dated.date ?? arrival.fallbackDate)).toISOString()
  await keepParticipants(tx, workspaceId, { ...took, conversationId, own: arrival.own, since })
  if (!author.isOutbound && mail.senders.length > 0) await tellSenders(tx, place, { ...dated, senders: mail.senders })
  await storeWithMessage(tx, { workspaceId, messageId, raw })
  return { outcome: 'stored', key, messageId, conversationId, isNewContact: isNew, isNewConversation: !found }
}

/** Null where it is the contact's own address, or none. */
const otherThan = (mailbox: Mailbox | null, { emailKey: key }: StoredContact): Mailbox | null =>
  mailbox && isEmail(mailbox.address) && emailKey(mailbox.address) !== key ? mailbox : null

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

interface Owned {
  author: Author
  owner: { contactId: string } | undefined
}

/** Whoever answers from an address that our mail went to belongs to its conversation, not to a contact of their own. */
const contactOf = async (tx: Tx, { workspaceId, source }: Arrival, { author, owner }: Owned): Promise<Created> => {
  const known = owner && (await findContact(tx, workspaceId, owner.contactId))
  const person = personOf(author.contact)
  const isThemselves = person.email !== null && known?.emailKey === emailKey(person.email)
  return known && !isThemselves
    ? { contact: known, isNew: false }
    : createContact(tx, workspaceId, { ...person, source })
}

/** Some clients write the address into the name, too; without an address the name may be all there is. */
const personOf = (mailbox: Mailbox | null) => {
  const email = mailbox && isEmail(mailbox.address) ? mailbox.address : null
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
    replyTo: [],
    originalFrom: null,
    isFromList: false,
    to: [],
    cc: [],
    bcc: [],
    messageId: null,
    references: [],
    date: null,
    subject: 'A mail that could not be read',
    text,
    digest: digestNow(text),
    html: null,
    attachments: [],
    isAutomatic: false,
    hasNullSender: false,
    report: null,
    authentication: [],
    archive: { labels: [], threadId: null, isDeleted: false, isDraft: false },
  }
}
