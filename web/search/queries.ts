import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Contact, ContactStatus } from '../../server/contacts/schema.ts'
import type { ConversationStatus } from '../../server/conversations/schema.ts'
import { get, query } from '../api.ts'

export const groups = ['contacts', 'conversations', 'messages'] as const
export type Group = (typeof groups)[number]

type Who = Pick<Contact, 'id' | 'name' | 'email'>

export interface Found {
  contacts: (Who & { status: ContactStatus; phone: string | null; lastMessageAt: string | null })[]
  conversations: {
    id: string
    subject: string
    lastMessagePreview: string | null
    status: ConversationStatus
    lastMessageAt: string | null
    contact: Who
  }[]
  messages: {
    id: string
    conversationId: string
    contact: Who
    contentPreview: string
    createdAt: string
    conversation: { subject: string; status: ConversationStatus }
    context: string | null
  }[]
}

const ask = async <T>(q: string, more: Record<string, string | number | undefined>, signal: AbortSignal) =>
  (await get<{ results: T }>(`/search${query({ q, include: 'context', ...more })}`, signal)).results

/** The first of each group. What was found before stays until the next answer is there. */
export const useSearch = (q: string) =>
  useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => ask<Found>(q, { limit: 5 }, signal),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })

type GroupPage = Partial<Found> & { hasMore: boolean; cursor: string | null }

/** All of one group, a page at a time. */
export const useSearchIn = (group: Group | undefined, q: string) =>
  useInfiniteQuery({
    queryKey: ['search', q, group],
    queryFn: ({ pageParam: cursor, signal }) => ask<GroupPage>(q, { type: group, limit: 25, cursor }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    enabled: group !== undefined && q !== '',
  })
