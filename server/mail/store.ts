import { createContact } from '../contacts/create.ts'
import type { Source } from '../contacts/schema.ts'
import { openConversation } from '../conversations/open.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import type { Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { append } from '../messages/append.ts'
import { receive } from '../messages/receive.ts'
import { limits } from '../config.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { mailKey } from './identity.ts'
import { addReferences, findByMailKey, findByReferences } from './queries.ts'
import { storeWithMessage } from './raw.ts'

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
  /** Where the mail itself has no date. */
  fallbackDate: Date
}

export interface Stored {
  outcome: 'stored' | 'duplicate'
  /** Equal for two copies of one mail. */
  key: string
  /** The message that it is, or already was. */
  messageId: string
  isNewContact: boolean
  isNewConversation: boolean
}

/** Makes a mail a contact, a conversation and a message; the one way in for mail of every kind. */
export const storeMail = async (tx: Tx, arrival: Arrival): Promise<Stored> => {
  const { workspaceId, messageId, raw, source, isNews } = arrival
  const mail = 'unreadable' in arrival.mail ? asMessage(arrival.mail.unreadable, raw) : arrival.mail
  const key = mailKey(raw)
  const known = await findByMailKey(tx, workspaceId, key)
  if (known) return { outcome: 'duplicate', key, messageId: known.id, isNewContact: false, isNewConversation: false }

  const isOutbound = isOwn(arrival.own, mail.from?.address)
  const { contact, isNew } = await createContact(tx, workspaceId, {
    ...personOf(mail, arrival.own, isOutbound),
    source,
  })
  const references = [...(mail.messageId ? [mail.messageId] : []), ...mail.references]
  const thread = { contactId: contact.id, references }
  const found = references.length > 0 ? await findByReferences(tx, workspaceId, thread) : undefined
  const conversationId =
    found?.conversationId ??
    (await openConversation(tx, workspaceId, {
      contactId: contact.id,
      subject: mail.subject,
      status: arrival.status,
      source,
    }))
  await addReferences(tx, workspaceId, { ...thread, conversationId })

  const place = { workspaceId, conversationId, contactId: contact.id }
  const message = {
    id: messageId,
    contentText: mail.text,
    contentHtml: mail.html,
    attachments: mail.attachments,
    mail: { id: mail.messageId, key, size: raw.length },
    date: mail.date ? new Date(mail.date) : arrival.fallbackDate,
  }
  if (isOutbound) await append(tx, place, { ...message, direction: 'OUTBOUND', senderType: 'AGENT', status: 'SENT' })
  else await receive(tx, place, message, { isNews })
  await storeWithMessage(tx, { workspaceId, messageId, raw })
  return { outcome: 'stored', key, messageId, isNewContact: isNew, isNewConversation: !found }
}

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

const asMessage = (reason: string, raw: Uint8Array): ParsedMail => ({
  from: null,
  recipients: [],
  messageId: null,
  references: [],
  date: null,
  subject: 'A mail that could not be read',
  text: `This mail could not be read: ${reason}. Its raw source (${raw.length} bytes) is kept.`,
  html: null,
  attachments: [],
})
