import { queryOptions, usePrefetchQuery, useQuery } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { Message, oneMessage, thread } from '../../server/messages/schema.ts'
import { get, post, query } from '../api.ts'
import { client } from '../client.ts'
import { meet } from '../inbox/agents.ts'

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

/** How far a conversation is loaded to begin at its oldest unread message. */
const unreadMost = 500

/** An answer that a later one has overtaken says nothing new: when each message was asked for, as a number that grows. */
const asked = new WeakMap<Message, number>()
let asks = 0
const askedAt = (message: Message): number => asked.get(message) ?? 0

/** Messages, with the time at which `ask` began. */
const asking = async (ask: () => Promise<Message[]>): Promise<Message[]> => {
  const at = (asks += 1)
  const messages = await ask()
  for (const message of messages) asked.set(message, at)
  return messages
}

interface Wanted {
  before?: string
  signal?: AbortSignal
}

const loadPage = async (id: string, { before, signal }: Wanted): Promise<Shown> => {
  const path = `/conversations/${id}/messages${query({ order: 'desc', limit, cursor: before })}`
  let earlier: string | null = null
  const items = await asking(async () => {
    const { messages } = (await get<Static<typeof thread>>(path, signal)).thread
    earlier = messages.cursor
    return messages.items.toReversed()
  })
  return { items, earlier }
}

const loadMessage = async (id: string, messageId: string): Promise<void> =>
  showAnswer(id, () => get(`/conversations/${id}/messages/${messageId}`, AbortSignal.timeout(patience)))

/** Shows the message that a request is answered with. */
export const showAnswer = async (id: string, ask: () => Promise<Static<typeof oneMessage>>): Promise<void> => {
  for (const message of await asking(async () => [(await ask()).message])) showMessage(id, message)
}

/** The newest page and, where more is shown already or is unread, what reaches back as far. */
const load = async (id: string, signal: AbortSignal): Promise<Shown> => {
  const oldest = client.getQueryData(optionsOf(id).queryKey)?.items[0]
  const isFar = ({ items }: Shown) => oldest && !items.some((item) => item.id === oldest.id)
  let shown = await loadPage(id, { signal })
  while (shown.earlier !== null && (isFar(shown) || isUnreadBefore(shown)))
    shown = joined(await loadPage(id, { before: shown.earlier, signal }), shown)
  return shown
}

const isUnreadBefore = ({ items }: Shown): boolean =>
  items.length < unreadMost && items.find(({ direction }) => direction === 'INBOUND')?.isUnread === true

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

export const hasEarlier = (id: string): boolean =>
  (client.getQueryData(optionsOf(id).queryKey)?.earlier ?? null) !== null

export const showEarlier = async (id: string): Promise<void> => {
  const { queryKey } = optionsOf(id)
  const before = client.getQueryData(queryKey)?.earlier
  if (before === null || before === undefined) return
  const page = await loadPage(id, { before })
  client.setQueryData(queryKey, (shown) => (shown?.earlier === before ? joined(page, shown) : shown))
}

const showMessage = (id: string, message: Message): void => {
  meet(message.agentId)
  client.setQueryData(optionsOf(id).queryKey, (shown) => shown && withMessage(shown, message))
}

export const newestOf = (id: string): Message | undefined => client.getQueryData(optionsOf(id).queryKey)?.items.at(-1)

/** What the server says of a conversation says it of its messages: none is unread, or none up to one of them. */
export const messagesRead = (id: string, upTo?: string): void =>
  mark(id, (items) => {
    const last = upTo === undefined ? items.length - 1 : items.findIndex((item) => item.id === upTo)
    return items.map((item, i) => (i <= last && item.isUnread ? flagged(item, false) : item))
  })

/** As the server does it. */
export const messageUnread = (id: string): void =>
  mark(id, (items) => {
    const inbound = items.findLastIndex(({ direction }) => direction === 'INBOUND')
    const newest = inbound === -1 ? items.findLastIndex(({ note }) => !note) : inbound
    return items.map((item, i) => (i === newest ? flagged(item, true) : item))
  })

const mark = (id: string, change: (items: Message[]) => Message[]): void =>
  void client.setQueryData(optionsOf(id).queryKey, (shown) => shown && { ...shown, items: change(shown.items) })

const flagged = (item: Message, isUnread: boolean): Message => {
  const changed = { ...item, isUnread }
  asked.set(changed, askedAt(item))
  return changed
}

export const tryAgain = (id: string, { id: messageId }: Message): Promise<void> =>
  showAnswer(id, () => post(`/conversations/${id}/messages/${messageId}/retry`, undefined))

/** With a message as it is now, in its place by its date. One from before all that is shown comes with its page. */
const withMessage = (shown: Shown, message: Message): Shown => {
  const at = shown.items.findIndex(({ id }) => id === message.id)
  if (at !== -1) {
    const isOvertaken = askedAt(message) < askedAt(shown.items[at]!)
    return isOvertaken ? shown : { ...shown, items: shown.items.with(at, message) }
  }
  const before = shown.items.findLastIndex(({ createdAt }) => createdAt <= message.createdAt)
  if (before === -1 && shown.earlier !== null) return shown
  return { ...shown, items: shown.items.toSpliced(before + 1, 0, message) }
}

/** As they are now, however they were shown before. */
export const reloadMessages = async (id: string): Promise<Message[]> =>
  (await client.fetchQuery({ ...optionsOf(id), staleTime: 0 })).items

/** Shows what is new or has changed in the conversation that is open; any other is loaded when it is opened. */
export const messagesChanged = async (id: string, messageIds: string[]): Promise<void> => {
  const { queryKey } = optionsOf(id)
  client.removeQueries({ queryKey, type: 'inactive' })
  if (!client.getQueryState(queryKey)) return
  if (messageIds.length > many) return client.invalidateQueries({ queryKey })
  try {
    // what is being loaded may be from before, and would take their place
    await client.fetchQuery(optionsOf(id))
    await Promise.all(messageIds.map((messageId) => loadMessage(id, messageId)))
  } catch {
    await client.invalidateQueries({ queryKey })
  }
}
