import { states } from '../conversation/state.tsx'
import { nameOf } from '../contacts/name.ts'
import type { Found, Group } from './queries.ts'

/** One line of the answer, whatever it is of. */
export interface Hit {
  key: string
  href: string
  title: string
  /** Whose it is, where the title does not say so. */
  who?: string
  text: string
  status: string
  at: string | null
}

export const titles: Record<Group, string> = {
  contacts: 'Contacts',
  conversations: 'Conversations',
  messages: 'Messages',
}

const inbox = '/inbox/open/'

export const hitsOf = (group: Group, found: Partial<Found>): Hit[] => {
  if (group === 'contacts')
    return (found.contacts ?? []).map((contact) => ({
      key: contact.id,
      href: `/contacts/${contact.id}`,
      title: nameOf(contact),
      text: [contact.email, contact.phone].filter((text) => text !== null).join(' · '),
      status: contact.status === 'ARCHIVED' ? 'Archived' : 'Active',
      at: contact.lastMessageAt,
    }))
  if (group === 'conversations')
    return (found.conversations ?? []).map(({ id, subject, contact, status, lastMessageAt, lastMessagePreview }) => ({
      key: id,
      href: inbox + id,
      title: subject || '(no subject)',
      who: nameOf(contact),
      text: lastMessagePreview ?? '',
      status: states[status],
      at: lastMessageAt,
    }))
  return (found.messages ?? []).map(({ id, conversationId, contact, conversation, context, ...message }) => ({
    key: id,
    href: inbox + conversationId,
    title: conversation.subject || '(no subject)',
    who: nameOf(contact),
    text: context ?? message.contentPreview,
    status: states[conversation.status],
    at: message.createdAt,
  }))
}
