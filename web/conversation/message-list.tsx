import { useMutation } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef, type RefObject } from 'react'
import type { Message as Item } from '../../server/messages/schema.ts'
import { useAgents } from '../inbox/conversations.ts'
import { Button } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { Message } from './message.tsx'
import { showEarlier, type Shown } from './messages.ts'
import { useReadingPlace } from './reading-place.ts'

interface Given {
  id: string
  /** Undefined while they are being loaded. */
  shown: Shown | undefined
  customer: string
}

/** The newest at the bottom, where it stays in sight unless somebody has scrolled up to read. */
export const Messages = ({ id, shown, customer }: Given) => {
  const agents = useAgents()
  const { pane, list, onScroll } = useReadingPlace()
  const { mutate, isPending, error } = useMutation({ mutationFn: () => showEarlier(id) })
  const authorOf = ({ senderType, agentId }: Item): string => {
    if (senderType === 'CUSTOMER') return customer
    if (senderType === 'SYSTEM') return 'support-inbox'
    return (agentId !== null && agents.get(agentId)?.name) || 'The team'
  }
  return (
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
        {shown?.items.map((message) => (
          <Message key={message.id} conversationId={id} message={message} author={authorOf(message)} />
        ))}
      </div>
    </div>
  )
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
