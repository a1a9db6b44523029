import { queryOptions, usePrefetchQuery, useQuery } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { Message, thread } from '../../server/messages/schema.ts'
import { get, query } from '../api.ts'
import { client } from '../client.ts'

type Thread = Static<typeof thread>['thread']

/** All pages: they are shown together, the newest message at the bottom. */
const load = async (id: string, signal: AbortSignal): Promise<Thread> => {
  const items: Message[] = []
  let cursor: string | undefined
  for (;;) {
    const { thread } = await get<{ thread: Thread }>(
      `/conversations/${id}/messages${query({ limit: 100, cursor })}`,
      signal,
    )
    items.push(...thread.messages.items)
    if (thread.messages.cursor === null) return { ...thread, messages: { items, hasMore: false, cursor: null } }
    cursor = thread.messages.cursor
  }
}

const optionsOf = (id: string) =>
  queryOptions({ queryKey: ['messages', id], queryFn: ({ signal }) => load(id, signal), gcTime: 10 * 60_000 })

export const useThread = (id: string) => {
  // asked for before what stands around them, and not after: a browser has few connections
  usePrefetchQuery(optionsOf(id))
  return useQuery(optionsOf(id))
}

/** Before somebody opens it, so that it is there when they do. */
export const prefetchMessages = (id: string): void => void client.prefetchQuery(optionsOf(id))

export const appendMessage = (id: string, message: Message): void => {
  client.setQueryData<Thread>(['messages', id], (thread) => {
    if (!thread || thread.messages.items.some((known) => known.id === message.id)) return thread
    return { ...thread, messages: { ...thread.messages, items: [...thread.messages.items, message] } }
  })
}
