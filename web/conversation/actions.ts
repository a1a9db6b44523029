import { useLocation } from 'wouter'
import type { ConversationStatus, ListedConversation as Conversation } from '../../server/conversations/schema.ts'
import { nameOf } from '../contacts/name.ts'
import { put } from '../api.ts'
import { client } from '../client.ts'
import { place } from '../inbox/conversations.ts'
import type { View } from '../inbox/views.ts'
import { itemsOf, type Pages } from '../pages.ts'
import { useMe } from '../session/session.ts'
import { useToasts } from '../ui/toasts.tsx'

const done = { OPEN: 'Reopened', CLOSED: 'Closed', ARCHIVED: 'Archived' } as const

/** What an agent does with a conversation: shown at once, taken back where the server refuses. */
export const useActions = (view: View) => {
  const { id: myId } = useMe()
  const [, go] = useLocation()
  const { did, failed } = useToasts()

  const change = async (before: Conversation, after: Partial<Conversation>, path: string, body?: unknown) => {
    place({ ...before, ...after }, myId)
    try {
      const { conversation } = await put<{ conversation: Conversation }>(`/conversations/${before.id}/${path}`, body)
      place(conversation, myId)
      return true
    } catch (error) {
      place(before, myId)
      failed('Not changed.')(error)
      return false
    }
  }

  /** The one that comes after it in the list, so that work goes on. */
  const neighbour = (id: string): string => {
    const items = itemsOf(client.getQueryData<Pages<Conversation>>(['conversations', view]))
    const at = items.findIndex((item) => item.id === id)
    const next = at === -1 ? undefined : (items[at + 1] ?? items[at - 1])
    return `/inbox/${view}${next ? `/${next.id}` : ''}`
  }

  const setStatus = async (conversation: Conversation, status: ConversationStatus) => {
    const leaves = status !== 'OPEN' && conversation.status === 'OPEN' && view !== 'closed' && view !== 'archived'
    const next = neighbour(conversation.id)
    const isChanged = change(conversation, { status }, 'status', { status })
    if (leaves) go(next)
    if (await isChanged)
      did(done[status], {
        name: conversation.subject || nameOf(conversation.contact),
        undo: () =>
          void change({ ...conversation, status }, { status: conversation.status }, 'status', {
            status: conversation.status,
          }),
      })
  }

  return {
    setStatus,
    assign: (conversation: Conversation, agentId: string | null) =>
      change(conversation, { assignedToId: agentId }, 'assignment', { agentId }),
    markRead: (conversation: Conversation) => change(conversation, { isUnread: false }, 'read'),
  }
}
