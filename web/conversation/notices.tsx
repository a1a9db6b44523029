import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Conversation } from '../../server/conversations/schema.ts'
import type { Agent } from '../../server/agents/schema.ts'
import { client } from '../client.ts'

const keyOf = (conversationId: string) => ['notices', conversationId]

/** What others have just done with the conversation that is open: whoever is about to answer it must know. */
export const Notices = ({ conversationId }: { conversationId: string }) => {
  const { data = [] } = useQuery<string[]>({ queryKey: keyOf(conversationId), queryFn: () => [], enabled: false })
  useEffect(() => () => client.removeQueries({ queryKey: keyOf(conversationId) }), [conversationId])
  return (
    <div role="status" className="grid justify-items-center gap-1 text-sm text-muted">
      {data.map((notice, i) => (
        <p key={i} className="rounded-full bg-hover px-3 py-0.5">
          {notice}
        </p>
      ))}
    </div>
  )
}

const closings = { OPEN: 'was opened again', CLOSED: 'was closed', ARCHIVED: 'was archived' } as const

/** Says how a conversation that is open differs from what it was. */
export const notice = (before: Conversation | undefined, after: Conversation, myId: string): void => {
  if (!before) return
  const notices: string[] = []
  if (before.status !== after.status) notices.push(`This conversation ${closings[after.status]} by somebody else.`)
  if (before.assignedToId !== after.assignedToId) notices.push(`${ownerOf(after, myId)} this conversation now.`)
  if (notices.length > 0) client.setQueryData<string[]>(keyOf(after.id), (earlier = []) => [...earlier, ...notices])
}

const ownerOf = ({ assignedToId }: Conversation, myId: string): string => {
  if (assignedToId === null) return 'Nobody has'
  if (assignedToId === myId) return 'You have'
  const agents = client.getQueryData<Agent[]>(['agents'])
  return `${agents?.find(({ id }) => id === assignedToId)?.name ?? 'Somebody else'} has`
}
