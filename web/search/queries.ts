import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, query } from '../api.ts'

export const groups = ['contacts', 'conversations', 'messages'] as const
export type Group = (typeof groups)[number]

export interface Found {
  contacts: { id: string; email: string; name: string }[]
  conversations: { id: string; subject: string; lastMessagePreview: string | null }[]
  messages: {
    id: string
    conversationId: string
    contact: { id: string; name: string }
    contentPreview: string
    createdAt: string
  }[]
}

const ask = async <T>(q: string, more: Record<string, string | number | undefined>, signal: AbortSignal) =>
  (await get<{ results: T }>(`/search${query({ q, ...more })}`, signal)).results

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
