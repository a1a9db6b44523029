import { useMutation } from '@tanstack/react-query'
import { useCallback, useEffect, useEffectEvent, useRef, useState, type Ref, type RefObject } from 'react'
import type { Message as Item } from '../../server/messages/schema.ts'
import { useAgents } from '../inbox/agents.ts'
import { Button } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { participantOf } from './addresses.tsx'
import { Message } from './message.tsx'
import { useMe } from '../session/session.ts'
import { showEarlier, type Shown } from './messages.ts'
import { Notices } from './notices.tsx'
import { useReadingPlace, type Place } from './reading-place.ts'

interface Given {
  id: string
  /** Undefined while they are being loaded. */
  shown: Shown | undefined
  customer: { name: string; email: string }
  place: Ref<Place>
  /** Writes a reply that was not delivered anew. */
  edit(message: Item): void
}

/** At the oldest that is unread, else at the newest at the bottom, where it stays unless somebody has scrolled up to read. */
export const Messages = ({ id, shown, customer, place, edit }: Given) => {
  const agents = useAgents()
  const items = shown?.items ?? none
  const { below, onMove } = useNewBelow(items)
  const first = items.findIndex(({ isUnread }) => isUnread)
  const { pane, list, onScroll, toEnd } = useReadingPlace({ ref: place, first, onMove })
  const { mutate, isPending, error } = useMutation({ mutationFn: () => showEarlier(id) })
  const authorOf = ({ senderType, agentId, ...addresses }: Item): string => {
    if (senderType === 'CUSTOMER') return participantOf(addresses) ?? customer.name
    if (senderType === 'SYSTEM') return 'support-inbox'
    return (agentId !== null && agents.get(agentId)?.name) || 'The team'
  }
  return (
    <div className="relative flex min-h-0 flex-1 flex-col print:block">
      <div
        ref={pane}
        onScroll={onScroll}
        className="scroll-pane relative min-h-0 flex-1 [overflow-anchor:none]"
        role="log"
        aria-label="Messages"
        // what is old is not read out as if it were news
        aria-live={isPending ? 'off' : 'polite'}
        tabIndex={0}
      >
        <div ref={list} className="mx-auto grid max-w-3xl gap-3 p-3 md:p-5">
          {shown && shown.earlier !== null && <Earlier {...{ pane, isPending, error }} load={() => mutate()} />}
          {items.map((message) => (
            <Message
              key={message.id}
              conversationId={id}
              author={authorOf(message)}
              customerEmail={customer.email}
              {...{ message, edit }}
            />
          ))}
          <Notices conversationId={id} />
        </div>
      </div>
      {below > 0 && (
        <Button
          onClick={toEnd}
          className="absolute bottom-2 left-1/2 -translate-x-1/2 rounded-full! border-accent! font-medium text-accent shadow-raised print:hidden"
        >
          {below.toLocaleString()} new {below === 1 ? 'message' : 'messages'} <span aria-hidden="true">↓</span>
        </Button>
      )}
    </div>
  )
}

const none: Item[] = []

/** How many messages below what is in sight are unread or have come since; what was once in sight is not new any more. */
const useNewBelow = (items: Item[]) => {
  const { id: myId } = useMe()
  const [lastSeen, setLastSeen] = useState(-1)
  /** When the newest was written that was there at first, and the newest that has been in sight. */
  const known = useRef('')
  const farthest = useRef('')
  const newest = items.at(-1)?.createdAt ?? ''
  if (known.current === '') known.current = newest
  const inSight = items[lastSeen]?.createdAt ?? ''
  if (inSight > farthest.current) farthest.current = inSight
  const below = items.filter(
    ({ createdAt, isUnread, agentId }, i) =>
      i > lastSeen && createdAt > farthest.current && (isUnread || createdAt > known.current) && agentId !== myId,
  ).length
  return { below: lastSeen === -1 ? 0 : below, onMove: useCallback((last: number) => setLastSeen(last), []) }
}

/** How far from it they are loaded by themselves. */
const rootMargin = '1000px 0px 0px'

interface Before {
  pane: RefObject<HTMLDivElement | null>
  isPending: boolean
  error: Error | null
  load(): void
}

/** In the place of the messages before those that are shown: they come when somebody scrolls near it. */
const Earlier = ({ pane, isPending, error, load }: Before) => {
  const place = useRef<HTMLDivElement>(null)
  const isWaiting = !isPending && error === null
  const near = useEffectEvent(load)
  useEffect(() => {
    const look = ([entry]: IntersectionObserverEntry[]) => entry?.isIntersecting && near()
    const observer = new IntersectionObserver(look, { root: pane.current, rootMargin })
    if (isWaiting) observer.observe(place.current!)
    return () => observer.disconnect()
  }, [pane, isWaiting])
  return (
    <div ref={place} className="grid justify-items-center gap-2 print:hidden">
      <Problem error={error}>Not loaded: </Problem>
      <Button
        look="bare"
        disabled={isPending}
        onClick={() => {
          // before the button is gone, and the keyboard's place with it
          pane.current?.focus({ preventScroll: true })
          load()
        }}
      >
        {isPending ? 'Loading…' : 'Show earlier messages'}
      </Button>
    </div>
  )
}
