import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { counts, ListedConversation as Conversation } from '../../server/conversations/schema.ts'
import { get, query } from '../api.ts'
import { client } from '../client.ts'
import { messagesRead } from '../conversation/messages.ts'
import { itemsOf, paged, type Page, type Pages } from '../pages.ts'
import { meet } from './agents.ts'
import { belongs, shown, views, type View } from './views.ts'

export const useConversations = (view: View) =>
  useInfiniteQuery({
    queryKey: ['conversations', view],
    queryFn: async ({ pageParam: cursor, signal }) =>
      (
        await get<{ conversations: Page<Conversation> }>(
          `/conversations${query({ ...shown[view].ask, include: 'lastMessage', limit: 100, cursor })}`,
          signal,
        )
      ).conversations,
    ...paged,
  })

export const useCounts = () =>
  useQuery({
    queryKey: ['counts'],
    queryFn: async ({ signal }) => (await get<Static<typeof counts>>('/conversations/counts', signal)).counts,
  }).data

export const loadConversation = async (id: string, signal?: AbortSignal): Promise<Conversation> =>
  (await get<{ conversation: Conversation }>(`/conversations/${id}`, signal)).conversation

/** A conversation, from a list that has it until it is loaded. */
export const useConversation = (id: string) =>
  useQuery({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => loadConversation(id, signal),
    placeholderData: () => inLists(id),
  })

const lists = () =>
  views.map((view) => [view, client.getQueryData<Pages<Conversation>>(['conversations', view])] as const)

const inLists = (id: string): Conversation | undefined =>
  lists()
    .flatMap(([, pages]) => itemsOf(pages))
    .find((conversation) => conversation.id === id)

const isNewer = (a: Conversation, b: Conversation): boolean => {
  const [at, bt] = [a.lastMessageAt ?? '', b.lastMessageAt ?? '']
  return at === bt ? a.id > b.id : at > bt
}

/** Shows a conversation as it is now, in every list that it belongs to and in no other. */
export const place = (conversation: Conversation, myId: string): void => {
  client.setQueryData(['conversation', conversation.id], conversation)
  meet(conversation.assignedToId)
  if (!conversation.isUnread) messagesRead(conversation.id)
  for (const [view, pages] of lists())
    if (pages)
      client.setQueryData(['conversations', view], placed(pages, conversation, belongs(view, conversation, myId)))
}

const placed = (pages: Pages<Conversation>, conversation: Conversation, isIn: boolean): Pages<Conversation> => {
  let isPlaced = !isIn
  const changed = pages.pages.map((page) => {
    const items = page.items.filter(({ id }) => id !== conversation.id)
    const before = isPlaced ? -1 : items.findIndex((other) => isNewer(conversation, other))
    // behind everything that is loaded: it comes with its page
    const at = before === -1 && !isPlaced && !page.hasMore ? items.length : before
    if (at !== -1) {
      isPlaced = true
      items.splice(at, 0, conversation)
    }
    return { ...page, items }
  })
  return { ...pages, pages: changed }
}
