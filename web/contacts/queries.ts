import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Contact, ContactStatus, Customer } from '../../server/contacts/schema.ts'
import type { Conversation } from '../../server/conversations/schema.ts'
import { get, query } from '../api.ts'
import { paged, type Page } from '../pages.ts'

export const useCustomers = (status: ContactStatus) =>
  useInfiniteQuery({
    queryKey: ['customers', status],
    queryFn: async ({ pageParam: cursor, signal }) =>
      (await get<{ customers: Page<Customer> }>(`/customers${query({ status, limit: 100, cursor })}`, signal))
        .customers,
    ...paged,
  })

export const useContact = (id: string) =>
  useQuery({
    queryKey: ['contact', id],
    queryFn: async ({ signal }) => (await get<{ contact: Contact }>(`/contacts/${id}`, signal)).contact,
  })

const conversationsOf = async (contactId: string, status: 'ARCHIVED' | undefined, signal: AbortSignal) => {
  const ask = query({ contactId, status, limit: 100 })
  return (await get<{ conversations: Page<Conversation> }>(`/conversations${ask}`, signal)).conversations.items
}

const activityOf = ({ lastMessageAt }: Conversation): string => lastMessageAt ?? ''

/** Newest activity first, archived ones among them. */
export const useConversationsOf = (contactId: string): Conversation[] =>
  useQuery({
    queryKey: ['contact', contactId, 'conversations'],
    queryFn: async ({ signal }) => {
      const [others, archived] = await Promise.all([
        conversationsOf(contactId, undefined, signal),
        conversationsOf(contactId, 'ARCHIVED', signal),
      ])
      return [...others, ...archived].sort((a, b) => (activityOf(a) < activityOf(b) ? 1 : -1))
    },
  }).data ?? []
