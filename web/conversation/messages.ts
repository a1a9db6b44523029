import { queryOptions, usePrefetchQuery, useQuery } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { Message, oneMessage, thread } from '../../server/messages/schema.ts'
import { get, query } from '../api.ts'
import { client } from '../client.ts'

/** What is on the screen of a conversation: its newest messages, the newest last. */
export interface Shown {
  items: Message[]
  /** The cursor of what was before them; null where they are all. */
  earlier: string | null
}

/** More than a screen is high, and little to wait for. */
const limit = 50

/** From how many messages on everything that is shown is loaded anew instead of each alone, and how long one is waited for. */
const many = 12
const patience = 10_000

interface Wanted {
  before?: string
  signal?: AbortSignal
}

const loadPage = async (id: string, { before, signal }: Wanted): Promise<Shown> => {
  const path = `/conversations/${id}/messages${query({ order: 'desc', limit, cursor: before })}`
  const { items, cursor } = (await get<Static<typeof thread>>(path, signal)).thread.messages
  return { items: items.toReversed(), earlier: cursor }
}

const loadMessage = async (id: string, messageId: string): Promise<Message> =>
  (await get<Static<typeof oneMessage>>(`/conversations/${id}/messages/${messageId}`, AbortSignal.timeout(patience)))
    .message

/** The newest page and, where more is shown already, what reaches back as far. */
const load = async (id: string, signal: AbortSignal): Promise<Shown> => {
  const oldest = client.getQueryData(optionsOf(id).queryKey)?.items[0]
  const isFar = ({ items }: Shown) => oldest && !items.some((item) => item.id === oldest.id)
  let shown = await loadPage(id, { signal })
  while (shown.earlier !== null && isFar(shown))
    shown = joined(await loadPage(id, { before: shown.earlier, signal }), shown)
  return shown
}

const joined = (page: Shown, shown: Shown): Shown => ({ ...page, items: [...page.items, ...shown.items] })

const optionsOf = (id: string) =>
  queryOptions({
    queryKey: ['messages', id],
    queryFn: ({ signal }) => load(id, signal),
    gcTime: 10 * 60_000,
    // what is not changed stays the same object, also where others are put before it
    structuralSharing: false,
  })

export const useShown = (id: string) => {
  // asked for before what stands around them, and not after: a browser has few connections
  usePrefetchQuery(optionsOf(id))
  return useQuery(optionsOf(id))
}

/** Before somebody opens it, so that it is there when they do. */
export const prefetchMessages = (id: string): void => void client.prefetchQuery(optionsOf(id))

export const showEarlier = async (id: string): Promise<void> => {
  const { queryKey } = optionsOf(id)
  const before = client.getQueryData(queryKey)?.earlier
  if (before === null || before === undefined) return
  const page = await loadPage(id, { before })
  client.setQueryData(queryKey, (shown) => (shown?.earlier === before ? joined(page, shown) : shown))
}

export const showMessage = (id: string, message: Message): void => {
  client.setQueryData(optionsOf(id).queryKey, (shown) => shown && withMessage(shown, message))
}

/** A delivery goes on in this order only: an answer that was overtaken by a later one says nothing new. */
const states: Message['status'][] = ['PENDING', 'SENT', 'FAILED']

/** With a message as it is now, in its place by its date. One from before all that is shown comes with its page. */
const withMessage = (shown: Shown, message: Message): Shown => {
  const at = shown.items.findIndex(({ id }) => id === message.id)
  if (at !== -1) {
    const isOlder = states.indexOf(message.status) < states.indexOf(shown.items[at]!.status)
    return isOlder ? shown : { ...shown, items: shown.items.with(at, message) }
  }
  const before = shown.items.findLastIndex(({ createdAt }) => createdAt <= message.createdAt)
  if (before === -1 && shown.earlier !== null) return shown
  return { ...shown, items: shown.items.toSpliced(before + 1, 0, message) }
}

/** Shows what is new or has changed in the conversation that is open; any other is loaded when it is opened. */
export const messagesChanged = async (id: string, messageIds: string[]): Promise<void> => {
  const { queryKey } = optionsOf(id)
  client.removeQueries({ queryKey, type: 'inactive' })
  if (!client.getQueryState(queryKey)) return
  if (messageIds.length > many) return client.invalidateQueries({ queryKey })
  try {
    // what is being loaded may be from before, and would take their place
    await client.fetchQuery(optionsOf(id))
    for (const message of await Promise.all(messageIds.map((messageId) => loadMessage(id, messageId))))
      showMessage(id, message)
  } catch {
    await client.invalidateQueries({ queryKey })
  }
}
