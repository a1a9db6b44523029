import { useLocation } from 'wouter'
import type { ConversationStatus, ListedConversation as Conversation } from '../../server/conversations/schema.ts'
import { put, query } from '../api.ts'
import { nameOf } from '../contacts/name.ts'
import { client } from '../client.ts'
import { place } from '../inbox/conversations.ts'
import type { View } from '../inbox/views.ts'
import { itemsOf, type Pages } from '../pages.ts'
import { useMe } from '../session/session.ts'
import { useToasts } from '../ui/toasts.tsx'
import { messagesRead, messageUnread } from './messages.ts'
import { movesOn } from './moving-on.ts'

const done = { OPEN: 'Reopened', CLOSED: 'Closed', ARCHIVED: 'Archived' } as const

/** Conversations that are being changed here: what is heard of them meanwhile is of our own making. */
const changing = new Set<string>()
export const isChanging = (id: string): boolean => changing.has(id)

type Answer = { conversation: Conversation }

/** What an agent does with a conversation: shown at once, taken back where the server refuses. */
export const useActions = (view: View) => {
  const { id: myId } = useMe()
  const [, go] = useLocation()
  const { say, did, failed } = useToasts()

  const change = async (before: Conversation, after: Partial<Conversation>, path: string, body?: unknown) => {
    // a key that is pressed twice
    if (changing.has(before.id)) return false
    changing.add(before.id)
    place({ ...before, ...after }, myId)
    try {
      const { conversation } = await put<Answer>(`/conversations/${before.id}/${path}`, body)
      place(conversation, myId)
      return true
    } catch (error) {
      place(before, myId)
      failed('Not changed.')(error)
      return false
    } finally {
      changing.delete(before.id)
    }
  }

  /** The one that comes after it in the list, so that work goes on. */
  const neighbour = (id: string): string => {
    const items = itemsOf(client.getQueryData<Pages<Conversation>>(['conversations', view]))
    const at = items.findIndex((item) => item.id === id)
    const next = at === -1 ? undefined : (items[at + 1] ?? items[at - 1])
    return `/inbox/${view}${next ? `/${next.id}` : ''}`
  }

  const isOpen = (id: string): boolean => window.location.pathname.endsWith(`/${id}`)

  /** Resolves to whether it was changed; only then the next one is opened, and nobody has read that one yet. */
  const setStatus = async (conversation: Conversation, status: ConversationStatus): Promise<boolean> => {
    const { id, status: before } = conversation
    const leaves = status !== 'OPEN' && before === 'OPEN' && view !== 'closed' && view !== 'archived' && movesOn()
    const next = neighbour(id)
    if (!(await change(conversation, { status }, 'status', { status }))) return false
    if (leaves && isOpen(id)) go(next, { state: { isMovedOn: true } })
    did(done[status], {
      name: conversation.subject || nameOf(conversation.contact),
      undo: () => void change({ ...conversation, status }, { status: before }, 'status', { status: before }),
    })
    return true
  }

  return {
    setStatus,
    assign: (conversation: Conversation, agentId: string | null) =>
      change(conversation, { assignedToId: agentId }, 'assignment', { agentId }),
    /** Up to a message that was seen. Nobody has asked for it, so nothing is said where it fails. */
    markRead: async (id: string, upTo: string): Promise<boolean> => {
      // it is being marked unread, perhaps
      if (changing.has(id)) return false
      try {
        const { conversation } = await put<Answer>(`/conversations/${id}/read${query({ upTo })}`)
        messagesRead(id, upTo)
        if (!changing.has(id)) place(conversation, myId)
        return true
      } catch {
        return false
      }
    },
    /** And leaves it, for it would be read again. */
    markUnread: async (conversation: Conversation): Promise<void> => {
      const { id } = conversation
      if (!(await change(conversation, { isUnread: true }, 'unread'))) return
      messageUnread(id)
      if (isOpen(id)) go(`/inbox/${view}`)
      say('Marked unread.')
    },
  }
}
