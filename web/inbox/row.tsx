import { memo, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import type { Agent } from '../../server/agents/schema.ts'
import type { ListedConversation } from '../../server/conversations/schema.ts'
import { nameOf } from '../contacts/name.ts'
import { hasDraft, onDrafts } from '../draft-storage.ts'
import { useMe } from '../session/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { Time } from '../ui/time.tsx'
import { prefetchMessages } from '../conversation/messages.ts'
import type { View } from './views.ts'

const sources: Record<ListedConversation['source'], string> = {
  EMAIL: 'Mail',
  CHAT: 'Chat',
  FORM: 'Form',
  API: 'API',
  IMPORT: 'Import',
}

/** Pixels, as the rows are laid out below. */
export const rowHeights = { comfortable: 84, compact: 56 }

interface Given {
  conversation: ListedConversation
  view: View
  assignee: Agent | undefined
  isOpen: boolean
  isCompact: boolean
}

export const Row = memo(({ conversation, view, assignee, isOpen, isCompact }: Given) => {
  const { id, contact, subject, isUnread, lastMessageAt, lastMessagePreview, source } = conversation
  const subjectLine = (
    <span dir="auto" className={`truncate text-left ${isUnread ? 'font-semibold text-ink' : 'text-ink'}`}>
      {subject || '(no subject)'}
    </span>
  )
  return (
    <Link
      href={`/inbox/${view}/${id}`}
      aria-current={isOpen ? 'true' : undefined}
      onPointerEnter={() => prefetchMessages(id)}
      onFocus={() => prefetchMessages(id)}
      className={`flex h-full gap-3 border-b border-line/60 px-4 focus-visible:-outline-offset-2 ${isCompact ? 'py-2' : 'py-2.5'} ${
        isOpen ? 'bg-chosen' : 'hover:bg-hover'
      }`}
    >
      <span className="relative pt-0.5">
        <Avatar name={nameOf(contact)} url={contact.avatarUrl} />
        {isUnread && (
          <span className="absolute -start-2.5 top-4 size-1.5 rounded-full bg-accent">
            <span className="sr-only">Unread.</span>
          </span>
        )}
      </span>
      <span className="grid min-w-0 flex-1 auto-rows-max grid-cols-1 content-start leading-5">
        <span className="flex items-baseline justify-between gap-2">
          <span dir="auto" className={`truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>
            {nameOf(contact)}
          </span>
          <span className="text-xs text-muted">{lastMessageAt && <Time at={lastMessageAt} />}</span>
        </span>
        {!isCompact && subjectLine}
        <span className="flex items-center gap-1.5 text-sm leading-5 text-muted">
          <Turn conversation={conversation} />
          {isCompact ? (
            <span className="flex min-w-0 flex-1">{subjectLine}</span>
          ) : (
            <span dir="auto" className="min-w-0 flex-1 truncate text-left">
              {lastMessagePreview}
            </span>
          )}
          <span className="text-xs">{sources[source]}</span>
          {assignee && (
            <span title={`Assigned to ${assignee.name}`}>
              <Avatar name={assignee.name} isSmall />
              <span className="sr-only">Assigned to {assignee.name}.</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  )
})

/** Whose turn it is: a reply that was not delivered or not sent comes before who wrote last. */
const Turn = ({ conversation: { id: conversationId, isUndelivered, lastMessage } }: Pick<Given, 'conversation'>) => {
  const { id: agentId } = useMe()
  const isDrafted = useSyncExternalStore(onDrafts, () => hasDraft({ agentId, conversationId }))
  if (isUndelivered) return <span className="shrink-0 font-medium text-danger">Not delivered</span>
  if (isDrafted) return <span className="shrink-0 font-medium text-on-note">Draft</span>
  if (lastMessage?.direction === 'OUTBOUND')
    return (
      <span title="Your team wrote last" className="shrink-0">
        <Icon name="reply" />
        <span className="sr-only">Your team wrote last.</span>
      </span>
    )
  if (lastMessage?.direction !== 'INBOUND') return null
  return (
    <span title="The customer wrote last" className="shrink-0 text-accent">
      <Icon name="arrived" />
      <span className="sr-only">The customer wrote last.</span>
    </span>
  )
}
