import { useState } from 'react'
import { Link } from 'wouter'
import type { Conversation, ConversationStatus } from '../../server/conversations/schema.ts'
import { useAgents } from '../inbox/agents.ts'
import type { View } from '../inbox/views.ts'
import { useMe } from '../session/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Menu } from '../ui/menu.tsx'
import { movesOn, setMovesOn } from './moving-on.ts'
import { panelId, type Panel } from './panel-state.ts'
import { states } from './state.tsx'
import { nameOf } from '../contacts/name.ts'

interface Given {
  conversation: Conversation
  view: View
  isAssigning: boolean
  setAssigning(isAssigning: boolean): void
  setStatus(conversation: Conversation, status: ConversationStatus): unknown
  assign(conversation: Conversation, agentId: string | null): unknown
  markUnread(conversation: Conversation): unknown
  print(): void
  panel: Panel
}

/** Whose it is, what it is about, and what can be done with it. */
export const Header = ({ conversation, view, isAssigning, setAssigning, setStatus, assign, panel, ...more }: Given) => {
  const [isMovingOn, setMovingOn] = useState(movesOn)
  const { contact, subject, status, assignedToId } = conversation
  const me = useMe()
  const agents = useAgents()
  const assignee = assignedToId === null ? undefined : agents.get(assignedToId)
  const choices = [
    { id: me.id, text: 'Me' },
    ...[...agents.values()]
      .filter(({ id, status: is }) => id !== me.id && is !== 'DISABLED')
      .map(({ id, name }) => ({ id, text: name })),
    { id: null, text: 'Nobody' },
  ].map(({ id, text }) => ({ text, isChosen: id === assignedToId, act: () => void assign(conversation, id) }))
  return (
    <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-3 md:px-5">
      <Link
        href={`/inbox/${view}`}
        aria-label="Back to the list"
        className={buttonClass('bare', 'md:hidden -ms-1 px-1.5!')}
      >
        <Icon name="back" />
      </Link>
      <div className="min-w-0 flex-1">
        <h2 dir="auto" className="truncate text-left text-lg leading-tight font-semibold">
          {subject || '(no subject)'}
        </h2>
        <p className="flex gap-1.5 truncate text-sm text-muted">
          <Link href={`/contacts/${contact.id}`} className="truncate hover:underline">
            <bdi>{nameOf(contact)}</bdi>
          </Link>
          {status !== 'OPEN' && <span>· {states[status]}</span>}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2 print:hidden">
        <Menu
          title="Assign (a)"
          className={buttonClass('plain', 'max-w-40 px-2!')}
          isOpen={isAssigning}
          onOpenChange={setAssigning}
          button={
            assignee ? (
              <>
                <Avatar name={assignee.name} isSmall />
                <span className="truncate max-sm:sr-only">
                  <span className="sr-only">Assigned to </span>
                  {assignee.id === me.id ? 'Me' : assignee.name}
                </span>
              </>
            ) : (
              <>
                <Icon name="person" />
                <span className="max-sm:sr-only">Assign</span>
              </>
            )
          }
          choices={choices}
        />
        {status === 'OPEN' ? (
          <Button onClick={() => void setStatus(conversation, 'CLOSED')} title="Close (e)">
            <Icon name="check" />
            <span className="max-sm:sr-only">Close</span>
          </Button>
        ) : (
          <Button onClick={() => void setStatus(conversation, 'OPEN')} title="Open again (e)">
            <Icon name="reopen" />
            <span className="max-sm:sr-only">Reopen</span>
          </Button>
        )}
        <Button
          look="bare"
          className="px-1.5!"
          title="Contact (i)"
          aria-expanded={panel.isOpen}
          aria-controls={panelId}
          onClick={panel.toggle}
        >
          <Icon name="panel" />
          <span className="sr-only">Contact</span>
        </Button>
        <Menu
          className={buttonClass('bare', 'px-1.5!')}
          title="More"
          button={
            <>
              <Icon name="more" />
              <span className="sr-only">More</span>
            </>
          }
          choices={[
            { text: 'Mark unread', act: () => void more.markUnread(conversation) },
            { text: 'Print', act: more.print },
            {
              text: 'Open the next one after closing',
              isChosen: isMovingOn,
              act: () => {
                setMovesOn(!isMovingOn)
                setMovingOn(!isMovingOn)
              },
            },
            status === 'ARCHIVED'
              ? { text: 'Back to the inbox', act: () => void setStatus(conversation, 'OPEN') }
              : { text: 'Archive', act: () => void setStatus(conversation, 'ARCHIVED') },
          ]}
        />
      </div>
    </header>
  )
}
