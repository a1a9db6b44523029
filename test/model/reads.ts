import { emailKey, isEmail } from '../../server/email-address.ts'
import { previewOf } from '../../server/messages/quoted.ts'
import {
  contactTerms,
  conversationTerms,
  listOf,
  parseQuery,
  peopleOf,
  termsOf,
  type Term,
} from '../../server/search/terms.ts'
import { lastOf, must, pick, shownConversation, shownMessage } from './inbox.ts'
import type { Anchor, Contact, Conversation, Expected, Inbox, Message } from './inbox.ts'

export const noMore = { hasMore: false, cursor: null }

const limitOf = ({ limit }: Record<string, string>, most: number, preset: number): number => {
  const number = limit === undefined ? preset : Number(limit)
  must(Number.isInteger(number) && number >= 1 && number <= most)
  return number
}

/** Whether sort values come after others: in ascending order, one by one. */
const isAfter = (anchor: Anchor, other: Anchor): boolean => {
  const at = anchor.findIndex((value, i) => value !== other[i])
  return at !== -1 && anchor[at]! > other[at]!
}

const newestActivity = <T extends { activity: number }>(rows: T[]) =>
  rows.map((row) => ({ row, anchor: [-row.activity] })).sort((a, b) => a.anchor[0]! - b.anchor[0]!)

const isIn = (terms: string[], { text, or = text, isPrefix }: Term) =>
  terms.some((term) => [text, or].some((spelling) => (isPrefix ? term.startsWith(spelling) : term === spelling)))

interface Page {
  list: string
  query: Record<string, string>
  /** What the server gave out for the next page. */
  cursor: string | undefined
  most: number
  preset: number
}

/** Of rows in their order, each with its sort values, the page that `query` asks for. */
const pageOf = <T>(inbox: Inbox, rows: { row: T; anchor: Anchor }[], { list, query, cursor, most, preset }: Page) => {
  const limit = limitOf(query, most, preset)
  const place = query['cursor'] === undefined ? undefined : inbox.cursors.get(query['cursor'])
  must(query['cursor'] === undefined || place?.list === list)
  const rest = place ? rows.filter(({ anchor }) => isAfter(anchor, place.anchor)) : rows
  const page = rest.slice(0, limit)
  const hasMore = rest.length > limit
  if (hasMore && cursor !== undefined) inbox.cursors.set(cursor, { list, anchor: page.at(-1)!.anchor })
  return { items: page.map(({ row }) => row), hasMore, cursor: hasMore ? '…' : null }
}

export const listCustomers = (
  inbox: Inbox,
  { status = '', ...query }: Record<string, string>,
  cursor?: string,
): Expected => {
  must(status === '' || ['ACTIVE', 'ARCHIVED'].includes(status))
  const contacts = inbox.contacts.filter((contact) => status === '' || contact.status === status)
  const page = pageOf(inbox, newestActivity(contacts), {
    list: `customers ${status}`,
    query,
    cursor,
    most: 100,
    preset: 20,
  })
  const items = page.items.map((contact) => {
    const messages = inbox.messagesOf({ contactId: contact.id })
    const latest = messages[0] && inbox.conversation(messages[0].conversationId)
    return {
      contact: { ...pick(contact, ['id', 'email', 'name']), avatarUrl: null, ...lastOf(messages) },
      latestThread: latest
        ? {
            id: latest.id,
            status: latest.status,
            source: 'API',
            unreadCount: inbox.unread(latest.id),
            ...lastOf(inbox.messagesOf({ conversationId: latest.id })),
          }
        : null,
      threadCount: inbox.conversations.filter(({ contactId }) => contactId === contact.id).length,
    }
  })
  return { status: 200, body: { customers: { ...page, items } } }
}

export const listConversations = (
  inbox: Inbox,
  { status = '', contactId = '', ...query }: Record<string, string>,
  cursor?: string,
): Expected => {
  must(status === '' || ['OPEN', 'CLOSED', 'ARCHIVED'].includes(status))
  const rows = inbox.conversations.filter(
    (conversation) =>
      (status === '' ? conversation.status !== 'ARCHIVED' : conversation.status === status) &&
      (contactId === '' || conversation.contactId === contactId),
  )
  const list = `conversations ${status} ${contactId}`
  const page = pageOf(inbox, newestActivity(rows), { list, query, cursor, most: 100, preset: 20 })
  const items = page.items.map((conversation) => shownConversation(inbox, conversation))
  return { status: 200, body: { conversations: { ...page, items } } }
}

export const listMessages = (inbox: Inbox, id: string, { query, cursor }: Pick<Page, 'query' | 'cursor'>): Expected => {
  limitOf(query, 100, 20)
  const { order = 'asc' } = query
  must(['asc', 'desc'].includes(order))
  const { subject, status, contactId } = inbox.conversation(id)
  const rows = inbox.messages
    .filter(({ conversationId }) => conversationId === id)
    .map((row) => ({ row, anchor: [order === 'asc' ? row.seq : -row.seq] }))
    .sort((a, b) => a.anchor[0]! - b.anchor[0]!)
  const page = pageOf(inbox, rows, { list: `messages ${id} ${order}`, query, cursor, most: 100, preset: 20 })
  const summary = previewOf(inbox.messagesOf({ conversationId: id }).at(-1)!.text)
  return {
    status: 200,
    body: {
      thread: {
        conversation: { id, status, source: 'API', subject, summary },
        contact: pick(inbox.contact(contactId), ['id', 'email', 'name']),
        channel: null,
        messages: { ...page, items: page.items.map(shownMessage) },
      },
    },
  }
}

export const search = (inbox: Inbox, { q = '', type, ...query }: Record<string, string>, cursor?: string): Expected => {
  must([...q].length <= 256 && /\S/.test(q) && (query['cursor'] === undefined || type !== undefined))
  const asked = parseQuery(q, isEmail(q) ? emailKey(q) : q)
  const matches = (terms: string[]) => asked !== undefined && asked.all.every((term) => isIn(terms, term))
  const newest = <T extends { seq: number }>(rows: T[]) =>
    rows.toReversed().map((row) => ({ row, anchor: [0, -row.seq] as Anchor }))
  const ofContacts = inbox.contacts.map((contact) => ({ contact, terms: listOf(contactTerms(contact)) }))
  const exact = ofContacts.filter(({ terms }) => asked && terms.includes(asked.exact))
  const others = ofContacts.filter(
    ({ terms }) =>
      asked && !terms.includes(asked.exact) && (matches(terms) || (asked.digits && isIn(terms, asked.digits))),
  )
  const bySeq = (rows: typeof ofContacts) => newest(rows.map(({ contact }) => contact).sort((a, b) => a.seq - b.seq))
  const groups = {
    contacts: [...bySeq(exact).map(({ row, anchor }) => ({ row, anchor: [-1, anchor[1]!] })), ...bySeq(others)],
    conversations: newest(
      inbox.conversations.filter(({ subject, contactId }) =>
        matches(listOf(conversationTerms({ subject, people: peopleOf(inbox.contact(contactId)), others: '' }))),
      ),
    ),
    messages: newest(inbox.messages.filter(({ text }) => matches(listOf(termsOf(text))))),
  }
  const shownAs = {
    contacts: (contact: Contact) => pick(contact, ['id', 'email', 'name']),
    conversations: ({ id, subject }: Conversation) => ({
      id,
      subject,
      lastMessagePreview: lastOf(inbox.messagesOf({ conversationId: id })).lastMessagePreview,
    }),
    messages: ({ id, conversationId, contactId, text }: Message) => ({
      id,
      conversationId,
      contact: pick(inbox.contact(contactId), ['id', 'name']),
      contentPreview: previewOf(text),
      createdAt: 'time',
    }),
  }
  const group = (name: keyof typeof groups) => {
    const rows: { row: any; anchor: Anchor }[] = groups[name]
    const show: (row: any) => unknown = shownAs[name]
    const page = pageOf(inbox, rows, { list: `search ${name} ${q}`, query, cursor, most: 50, preset: 10 })
    return { ...page, items: page.items.map(show) }
  }
  if (type !== undefined) {
    must(type in groups)
    const { items, ...rest } = group(type as keyof typeof groups)
    return { status: 200, body: { results: { [type]: items, ...rest } } }
  }
  const results = Object.fromEntries(
    (['contacts', 'conversations', 'messages'] as const).map((name) => [name, group(name).items]),
  )
  return { status: 200, body: { results } }
}
