import { lazy, Suspense, useCallback, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { Message } from '../../server/messages/schema.ts'
import { Failure } from '../api.ts'
import { useConversation } from '../inbox/conversations.ts'
import type { View } from '../inbox/views.ts'
import { useKeys } from '../keyboard/keys.ts'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonPage } from '../ui/skeleton.tsx'
import { useActions } from './actions.ts'
import { panelId, usePanel } from './panel-state.ts'
import { Composer, type Focus } from './composer.tsx'
import { Header } from './header.tsx'
import { useShown } from './messages.ts'
import { useMarkRead } from './mark-read.ts'
import { Messages } from './message-list.tsx'
import { printThread, usePrinting } from './printing.ts'
import type { Place } from './reading-place.ts'
import { nameOf } from '../contacts/name.ts'

const ContactPanel = lazy(async () => ({ default: (await import('./contact-panel.tsx')).ContactPanel }))

export const Conversation = ({ id, view }: { id: string; view: View }) => {
  const [, go] = useLocation()
  const { data: conversation, error, refetch } = useConversation(id)
  const { data: shown, error: messagesError, refetch: refetchMessages } = useShown(id)
  const { setStatus, markRead, markUnread, assign } = useActions(view)
  const [isAssigning, setAssigning] = useState(false)
  const panel = usePanel()
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
    i: panel.toggle,
    e: () => conversation && void setStatus(conversation, conversation.status === 'OPEN' ? 'CLOSED' : 'OPEN'),
    Escape: ({ target }) => {
      if (panel.isOpen && !panel.isBeside) panel.setOpen(false)
      else if (target instanceof HTMLTextAreaElement) target.blur()
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
  if (!conversation) return <SkeletonPage label="The conversation is being loaded." />
  return (
    <div className="relative flex min-w-0 flex-1">
      <section
        aria-label={`Conversation with ${nameOf(conversation.contact)}`}
        className="flex min-w-0 flex-1 flex-col print:block"
      >
        <Header
          {...{ conversation, view, isAssigning, setAssigning, setStatus, assign, markUnread, panel }}
          print={() => void printThread(id)}
        />
        {messagesError && !shown ? (
          <div className="flex-1">
            <NotLoaded error={messagesError} again={refetchMessages} />
          </div>
        ) : !shown ? (
          <SkeletonPage label="The messages are being loaded." />
        ) : (
          <Messages
            {...{ id, shown, place, edit }}
            customer={{ name: nameOf(conversation.contact), email: conversation.contact.email }}
          />
        )}
        <Composer
          ref={composer}
          conversation={conversation}
          sent={() => place.current?.toEnd()}
          close={() => setStatus(conversation, 'CLOSED')}
        />
      </section>
      <Suspense fallback={<PanelSkeleton isBeside={panel.isBeside} />}>
        {panel.isOpen && <ContactPanel contactId={conversation.contact.id} conversationId={id} panel={panel} />}
      </Suspense>
    </div>
  )
}

/** As wide as what comes in its place, so that nothing moves. */
const PanelSkeleton = ({ isBeside }: { isBeside: boolean }) => (
  <div id={panelId} className={isBeside ? 'w-64 shrink-0 border-s border-line 2xl:w-72' : 'sr-only'}>
    <SkeletonPage label="The contact is being loaded." />
  </div>
)
