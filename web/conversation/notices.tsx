import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Conversation } from '../../server/conversations/schema.ts'
import { client } from '../client.ts'
import { useAgents } from '../inbox/agents.ts'
import { useMe } from '../session/session.ts'

type Notice = Pick<Conversation, 'status'> | Pick<Conversation, 'assignedToId'>

const keyOf = (conversationId: string) => ['notices', conversationId]

/** What others have just done with the conversation that is open: whoever is about to answer it must know. */
export const Notices = ({ conversationId }: { conversationId: string }) => {
  const { data = [] } = useQuery<Notice[]>({ queryKey: keyOf(conversationId), queryFn: () => [], enabled: false })
  const { id: myId } = useMe()
  const agents = useAgents()
  useEffect(() => () => client.removeQueries({ queryKey: keyOf(conversationId) }), [conversationId])
  const ownerOf = (id: string | null): string => {
    if (id === null) return 'Nobody has'
    return id === myId ? 'You have' : `${agents.get(id)?.name ?? 'A colleague'} has`
  }
  return (
    <div role="status" className="grid justify-items-center gap-1 text-sm text-muted">
      {data.map((notice, i) => (
        <p key={i} className="rounded-full bg-hover px-3 py-0.5">
          {'status' in notice
            ? `This conversation ${changes[notice.status]} by somebody else.`
            : `${ownerOf(notice.assignedToId)} this conversation now.`}
        </p>
      ))}
    </div>
  )
}

const changes = { OPEN: 'was opened again', CLOSED: 'was closed', ARCHIVED: 'was archived' } as const

/** Says how a conversation that is open differs from what it was. */
export const notice = ({ id, status, assignedToId }: Conversation): void => {
  if (
    !client
      .getQueryCache()
      .find({ queryKey: keyOf(id) })
      ?.getObserversCount()
  )
    return
  const before = client.getQueryData<Conversation>(['conversation', id])
  const notices: Notice[] = []
  if (before && before.status !== status) notices.push({ status })
  if (before && before.assignedToId !== assignedToId) notices.push({ assignedToId })
  if (notices.length > 0) client.setQueryData<Notice[]>(keyOf(id), (earlier = []) => [...earlier, ...notices])
}
