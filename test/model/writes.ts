import { emailKey, isEmail, nameFromEmail } from '../../server/email-address.ts'
import { oneLine } from '../../server/http/schema.ts'
import { previewOf } from '../../server/messages/quoted.ts'
import { Failure, must, pick, shownAlone, shownContact, shownMessage } from './inbox.ts'
import type { Contact, Conversation, Expected, Inbox, Made, Message } from './inbox.ts'

const contactStatuses = new Set(['ACTIVE', 'ARCHIVED'])

const isLine = (text: string, most: number) => oneLine.test(text) && [...text].length <= most
const isName = (name: string | undefined) => name === undefined || isLine(name, 256)
const isPhone = (phone: string | null) => phone === null || /\p{Nd}/u.test(phone)

export const createContact = (inbox: Inbox, { email, name, phone = null }: any, made: Made): Expected => {
  must(isEmail(email) && isName(name) && isPhone(phone))
  const { contact, isNew } = findOrMake(inbox, { email, name, phone }, made)
  return { status: isNew ? 201 : 200, body: { contact: shownContact(inbox, contact) } }
}

const findOrMake = (
  inbox: Inbox,
  { email, name, phone }: { email: string; name?: string; phone: string | null },
  made: Made,
) => {
  const key = emailKey(email)
  const known = inbox.contacts.find((contact) => contact.emailKey === key)
  if (known) {
    if (name !== undefined && known.isNameDerived) Object.assign(known, { name, isNameDerived: false })
    return { contact: known, isNew: false }
  }
  const now = (inbox.clock += 1)
  const contact: Contact = {
    id: made.contact ?? 'no id was given',
    email: email.trim(),
    emailKey: key,
    name: name ?? nameFromEmail(email),
    isNameDerived: name === undefined,
    phone,
    status: 'ACTIVE',
    seq: now,
    activity: now,
  }
  inbox.contacts.push(contact)
  return { contact, isNew: true }
}

export const changeContact = (inbox: Inbox, id: string, changes: any): Expected => {
  const { email, name, phone = null, status = 'ACTIVE' } = changes
  must(Object.keys(changes).length > 0 && !('nope' in changes) && isName(name) && isPhone(phone))
  must(contactStatuses.has(status) && (email === undefined || isEmail(email)))
  const contact = inbox.contact(id)
  if (email !== undefined) {
    const owner = inbox.contacts.find((other) => other.emailKey === emailKey(email))
    if (owner && owner !== contact) throw new Failure(409, 'email_taken')
    Object.assign(contact, { email: email.trim(), emailKey: emailKey(email) })
  }
  if (name !== undefined) Object.assign(contact, { name, isNameDerived: false })
  if ('phone' in changes) contact.phone = phone
  if ('status' in changes) contact.status = status
  return { status: 200, body: { contact: shownContact(inbox, contact) } }
}

export const eraseContact = (inbox: Inbox, id: string): Expected => {
  inbox.contact(id)
  inbox.contacts = inbox.contacts.filter((contact) => contact.id !== id)
  inbox.conversations = inbox.conversations.filter(({ contactId }) => contactId !== id)
  inbox.messages = inbox.messages.filter(({ contactId }) => contactId !== id)
  return { status: 204 }
}

export const start = (inbox: Inbox, { email, name, subject, contentText }: any, made: Made): Expected => {
  must(isEmail(email) && isName(name) && isLine(subject, 998) && /\S/.test(contentText))
  const { contact } = findOrMake(inbox, { email, name, phone: null }, made)
  const now = (inbox.clock += 1)
  const conversation: Conversation = {
    id: made.conversation ?? 'no id was given',
    contactId: contact.id,
    subject,
    status: 'OPEN',
    assignedToId: null,
    seq: now,
    activity: now,
  }
  inbox.conversations.push(conversation)
  const { id, text } = append(inbox, { conversation, text: contentText, direction: 'OUTBOUND' }, made)
  return {
    status: 201,
    body: {
      conversation: { id: conversation.id },
      contact: { id: contact.id },
      message: { id, contentPreview: previewOf(text), status: 'PENDING' },
    },
  }
}

export const write = (
  inbox: Inbox,
  id: string,
  { body: { contentText, direction = 'OUTBOUND', note = false }, made }: { body: any; made: Made },
): Expected => {
  must(['INBOUND', 'OUTBOUND'].includes(direction) && /\S/.test(contentText))
  const conversation = inbox.conversation(id)
  const message = append(inbox, { conversation, text: contentText, direction: note ? 'SYSTEM' : direction }, made)
  if (direction === 'INBOUND') {
    conversation.status = 'OPEN'
    inbox.contact(conversation.contactId).status = 'ACTIVE'
  }
  return { status: 201, body: { message: shownMessage(message) } }
}

const append = (
  inbox: Inbox,
  { conversation, text, direction }: Pick<Message, 'text' | 'direction'> & { conversation: Conversation },
  made: Made,
): Message => {
  const now = (inbox.clock += 1)
  const { id: conversationId, contactId } = conversation
  const isUnread = direction === 'INBOUND'
  const message = {
    id: made.message ?? 'no id was given',
    conversationId,
    contactId,
    text,
    direction,
    isUnread,
    to: direction === 'OUTBOUND' ? [pick(inbox.contact(contactId), ['name', 'email'])] : [],
    seq: now,
  }
  inbox.messages.push(message)
  if (direction !== 'SYSTEM') conversation.activity = inbox.contact(contactId).activity = now
  return message
}

export const change = (inbox: Inbox, id: string, act: (conversation: Conversation) => void): Expected => {
  const conversation = inbox.conversation(id)
  act(conversation)
  return {
    status: 200,
    body: { conversation: shownAlone(inbox, conversation) },
  }
}
