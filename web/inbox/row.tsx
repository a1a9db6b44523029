import { memo } from 'react'
import { Link } from 'wouter'
import type { Agent } from '../../server/agents/schema.ts'
import type { Conversation } from '../../server/conversations/schema.ts'
import { nameOf } from '../contacts/name.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Time } from '../ui/time.tsx'
import { prefetchMessages } from '../conversation/messages.ts'
import type { View } from './views.ts'

const sources: Record<Conversation['source'], string> = {
  EMAIL: 'Mail',
  CHAT: 'Chat',
  FORM: 'Form',
  API: 'API',
  IMPORT: 'Import',
}

interface Given {
  conversation: Conversation
  view: View
  assignee: Agent | undefined
  isOpen: boolean
}

export const Row = memo(({ conversation, view, assignee, isOpen }: Given) => {
  const { id, contact, subject, isUnread, lastMessageAt, lastMessagePreview, source } = conversation
  return (
    <Link
      href={`/inbox/${view}/${id}`}
      aria-current={isOpen ? 'true' : undefined}
      onPointerEnter={() => prefetchMessages(id)}
      onFocus={() => prefetchMessages(id)}
      className={`flex h-full gap-3 border-b border-line/60 px-4 py-2.5 focus-visible:-outline-offset-2 ${
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
      <span className="grid min-w-0 flex-1 grid-cols-1 content-start">
        <span className="flex items-baseline justify-between gap-2">
          <span dir="auto" className={`truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>
            {nameOf(contact)}
          </span>
          <span className="text-xs text-muted">{lastMessageAt && <Time at={lastMessageAt} />}</span>
        </span>
        <span dir="auto" className={`truncate text-left ${isUnread ? 'font-semibold' : ''}`}>
          {subject || '(no subject)'}
        </span>
        <span className="flex items-center gap-2 text-sm text-muted">
          {conversation.isUndelivered && <span className="whitespace-nowrap text-danger">Not delivered</span>}
          <span dir="auto" className="min-w-0 flex-1 truncate text-left">
            {lastMessagePreview}
          </span>
          {assignee ? (
            <span title={`Assigned to ${assignee.name}`}>
              <Avatar name={assignee.name} isSmall />
              <span className="sr-only">Assigned to {assignee.name}.</span>
            </span>
          ) : (
            <span className="text-xs">{sources[source]}</span>
          )}
        </span>
      </span>
    </Link>
  )
})
