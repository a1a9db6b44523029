import { previewOf } from '../../server/messages/quoted.ts'

export interface Contact {
  id: string
  email: string
  emailKey: string
  name: string
  isNameDerived: boolean
  phone: string | null
  status: string
  seq: number
  activity: number
}

export interface Conversation {
  id: string
  contactId: string
  subject: string
  status: string
  assignedToId: string | null
  seq: number
  activity: number
}

export interface Message {
  id: string
  conversationId: string
  contactId: string
  text: string
  direction: string
  isUnread: boolean
  /** Whom it goes to. */
  to: { name: string; email: string }[]
  seq: number
}

/** The ids that the server gave to what a request made. */
export interface Made {
  contact?: string | undefined
  conversation?: string | undefined
  message?: string | undefined
}

/** Times are "time" and cursors "…"; `body` of a failure is its code, and undefined for 400. */
export interface Expected {
  status: number
  body?: unknown
}

export type Anchor = (string | number)[]

export class Failure extends Error {
  readonly expected: Expected

  constructor(status: number, body?: string) {
    super(String(status))
    this.expected = { status, body }
  }
}

/** Otherwise 400. */
export const must = (isRight: boolean): void => {
  if (!isRight) throw new Failure(400)
}

interface Agent {
  id: string
  name: string
  email: string | null
  role: 'ADMIN' | 'AGENT'
  status: 'ACTIVE' | 'INVITED' | 'DISABLED'
}

/** All that there is, in the order in which it came to be. */
export class Inbox {
  contacts: Contact[] = []
  conversations: Conversation[] = []
  messages: Message[] = []
  clock = 0
  readonly agents: Agent[]
  /** Where each cursor that was given out goes on: the list and the sort values of its last row. */
  readonly cursors: Map<string, { list: string; anchor: Anchor }>

  constructor(agents: Agent[], cursors: Inbox['cursors'] = new Map()) {
    this.agents = agents
    this.cursors = cursors
  }

  copy(): Inbox {
    const copy = new Inbox(this.agents, this.cursors)
    const { contacts, conversations, messages, clock } = this
    return Object.assign(copy, structuredClone({ contacts, conversations, messages, clock }))
  }

  knows(id: string): boolean {
    return [...this.contacts, ...this.conversations, ...this.messages].some((row) => row.id === id)
  }

  contact(id: string): Contact {
    const found = this.contacts.find((contact) => contact.id === id)
    if (!found) throw new Failure(404, 'contact_not_found')
    return found
  }

  conversation(id: string): Conversation {
    const found = this.conversations.find((conversation) => conversation.id === id)
    if (!found) throw new Failure(404, 'conversation_not_found')
    return found
  }

  /** Newest first, without notes. */
  messagesOf(of: { contactId: string } | { conversationId: string }): Message[] {
    const [name, id] = Object.entries(of)[0] as ['contactId' | 'conversationId', string]
    return this.messages.filter((message) => message[name] === id && message.direction !== 'SYSTEM').toReversed()
  }

  unread(conversationId: string): number {
    return this.messages.filter((message) => message.conversationId === conversationId && message.isUnread).length
  }
}

export const pick = <T, K extends keyof T>(row: T, names: K[]): Pick<T, K> =>
  Object.fromEntries(names.map((name) => [name, row[name]])) as Pick<T, K>

export const lastOf = ([last]: Message[]) => ({
  lastMessageAt: last ? 'time' : null,
  lastMessagePreview: last ? previewOf(last.text) : null,
})

export const shownContact = (inbox: Inbox, contact: Contact) => ({
  ...pick(contact, ['id', 'email', 'name', 'phone', 'status']),
  avatarUrl: null,
  source: 'API',
  ...lastOf(inbox.messagesOf({ contactId: contact.id })),
  createdAt: 'time',
})

export const shownConversation = (inbox: Inbox, { id, contactId, subject, status, assignedToId }: Conversation) => ({
  id,
  status,
  source: 'API',
  subject,
  isUnread: inbox.unread(id) > 0,
  isUndelivered: false,
  assignedToId,
  channelId: null,
  ...lastOf(inbox.messagesOf({ conversationId: id })),
  contact: { ...pick(inbox.contact(contactId), ['id', 'email', 'name']), avatarUrl: null },
})

const statusOf = ({ direction }: Message): string => (direction === 'OUTBOUND' ? 'PENDING' : 'SENT')

/** One conversation, with what its list does not have. */
export const shownAlone = (inbox: Inbox, conversation: Conversation) => {
  const { email, name, id: contactId } = inbox.contact(conversation.contactId)
  const [last] = inbox.messagesOf({ conversationId: conversation.id })
  return {
    ...shownConversation(inbox, conversation),
    channel: null,
    replyTo: null,
    lastMessage: last ? { ...pick(last, ['id', 'direction']), status: statusOf(last) } : null,
    participants: [{ email, name, contactId, role: 'CONTACT', since: 'time' }],
    recipients: { to: [{ name, email }], cc: [] },
  }
}

export const shownMessage = (message: Message) => {
  const { id, text, direction, isUnread, to } = message
  return {
    id,
    direction,
    senderType: direction === 'INBOUND' ? 'CUSTOMER' : 'AGENT',
    note: direction === 'SYSTEM',
    isUnread,
    contentText: text,
    contentHtml: null,
    contentPreview: previewOf(text),
    attachments: [],
    agentId: null,
    isAutomatic: false,
    automatic: false,
    from: null,
    to,
    cc: [],
    bcc: [],
    replyTo: null,
    claimsToBeOurs: false,
    hasRawMail: false,
    status: statusOf(message),
    failureReason: null,
    attempts: direction === 'OUTBOUND' ? 0 : null,
    lastError: null,
    nextAttemptAt: null,
    createdAt: 'time',
    sentAt: direction === 'OUTBOUND' ? null : 'time',
  }
}
