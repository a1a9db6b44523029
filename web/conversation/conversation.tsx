import { useCallback, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { Message } from '../../server/messages/schema.ts'
import { Failure } from '../api.ts'
import { useConversation } from '../inbox/conversations.ts'
import type { View } from '../inbox/views.ts'
import { useKeys } from '../keyboard/keys.ts'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { ContactPanel } from './contact-panel.tsx'
import { useActions } from './actions.ts'
import { Composer, type Focus } from './composer.tsx'
import { Header } from './header.tsx'
import { useShown } from './messages.ts'
import { useMarkRead } from './mark-read.ts'
import { Messages } from './message-list.tsx'
import { printThread, usePrinting } from './printing.ts'
import type { Place } from './reading-place.ts'
import { nameOf } from '../contacts/name.ts'

export const Conversation = ({ id, view }: { id: string; view: View }) => {
  const [, go] = useLocation()
  const { data: conversation, error, refetch } = useConversation(id)
  const { data: shown, error: messagesError, refetch: refetchMessages } = useShown(id)
  const { setStatus, markRead, markUnread, assign } = useActions(view)
  const [isAssigning, setAssigning] = useState(false)
  const composer = useRef<Focus>(null)
  const place = useRef<Place>(null)
  const edit = useCallback((message: Message) => composer.current?.edit(message), [])
  useMarkRead({
    isUnread: conversation?.isUnread ?? false,
    items: shown?.items ?? [],
    lastInSight: () => place.current?.lastInSight() ?? -1,
    markRead: (upTo) => markRead(id, upTo),
  })
  usePrinting()

  const write = (mode: 'reply' | 'note') => (event: KeyboardEvent) => {
    event.preventDefault()
    composer.current?.focus(mode)
  }
  useKeys({
    r: write('reply'),
    n: write('note'),
    a: () => setAssigning(true),
    u: () => conversation && void markUnread(conversation),
    'Ctrl+p': (event) => {
      event.preventDefault()
      void printThread(id)
    },
    e: () => conversation && void setStatus(conversation, conversation.status === 'OPEN' ? 'CLOSED' : 'OPEN'),
    Escape: ({ target }) => {
      if (target instanceof HTMLTextAreaElement) target.blur()
      else go(`/inbox/${view}`)
    },
  })

  if (error instanceof Failure && error.status === 404)
    return (
      <div className="flex-1">
        <Empty title="This conversation is gone">
          Its contact was deleted, it was joined to another conversation, or the link is wrong.
        </Empty>
      </div>
    )
  if (error && !conversation) return <NotLoaded error={error} again={refetch} />
  if (!conversation) return null
  return (
    <>
      <section
        aria-label={`Conversation with ${nameOf(conversation.contact)}`}
        className="flex min-w-0 flex-1 flex-col print:block"
      >
        <Header
          {...{ conversation, view, isAssigning, setAssigning, setStatus, assign, markUnread }}
          print={() => void printThread(id)}
        />
        {messagesError && !shown ? (
          <div className="flex-1">
            <NotLoaded error={messagesError} again={refetchMessages} />
          </div>
        ) : (
          <Messages {...{ id, shown, place, edit }} customer={conversation.contact} />
        )}
        <Composer
          ref={composer}
          conversation={conversation}
          sent={() => place.current?.toEnd()}
          close={() => setStatus(conversation, 'CLOSED')}
        />
      </section>
      <ContactPanel contactId={conversation.contact.id} conversationId={id} />
    </>
  )
}
