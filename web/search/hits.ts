import { nameOf } from '../contacts/name.ts'
import type { Found, Group } from './queries.ts'

/** One line of the answer, whatever it is of. */
export interface Hit {
  key: string
  href: string
  title: string
  text: string
  at?: string
  /** Whose name its title is, where their address is not known here. */
  contactId?: string
}

export const titles: Record<Group, string> = {
  contacts: 'Contacts',
  conversations: 'Conversations',
  messages: 'Messages',
}

const inbox = '/inbox/open/'

export const hitsOf = (group: Group, found: Partial<Found>): Hit[] => {
  if (group === 'contacts')
    return (found.contacts ?? []).map(({ id, name, email }) => ({
      key: id,
      href: `/contacts/${id}`,
      title: nameOf({ name, email }),
      text: email,
    }))
  if (group === 'conversations')
    return (found.conversations ?? []).map(({ id, subject, lastMessagePreview }) => ({
      key: id,
      href: inbox + id,
      title: subject || '(no subject)',
      text: lastMessagePreview ?? '',
    }))
  return (found.messages ?? []).map(({ id, conversationId, contact, contentPreview, createdAt }) => ({
    key: id,
    href: inbox + conversationId,
    title: contact.name,
    contactId: contact.id,
    text: contentPreview,
    at: createdAt,
  }))
}
