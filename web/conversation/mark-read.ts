import { useEffect, useEffectEvent, useRef } from 'react'
import type { Message } from '../../server/messages/schema.ts'

/** How long a message has to be in sight, and how often that is looked at, milliseconds. */
const least = 1000
const every = 200

/** By which somebody shows that they are there. */
const signs = ['pointerdown', 'wheel', 'touchmove', 'keydown'] as const

interface Given {
  isUnread: boolean
  items: Message[]
  /** By its index; -1 where none is. */
  lastInSight(): number
  markRead(upTo: string): Promise<boolean>
}

/**
 * Marks read what was in sight for a second on a page that is visible. A conversation that was opened because another one was
 * closed waits for its agent to do something.
 */
export const useMarkRead = ({ isUnread, items, lastInSight, markRead }: Given) => {
  const isAway = useRef((window.history.state as { isMovedOn?: true } | null)?.isMovedOn === true)
  const inSight = useRef<{ index: number; since: number }>(undefined)
  const readable = useRef<string>(undefined)
  const marked = useRef('')

  const look = useEffectEvent(() => {
    const index = document.visibilityState === 'visible' ? lastInSight() : -1
    if (index === -1) {
      inSight.current = undefined
      return
    }
    const now = performance.now()
    if (!inSight.current || index < inSight.current.index) inSight.current = { index, since: now }
    if (now - inSight.current.since < least) return
    const newest = items.slice(0, inSight.current.index + 1).findLast((message) => message.isUnread)
    inSight.current = { index, since: now }
    // of a conversation that is unread by messages that are not loaded: the newest of those that are
    const upTo = newest ?? (items.some((message) => message.isUnread) ? undefined : items[index])
    if (upTo) readable.current = upTo.id
    if (!isAway.current) void read()
  })
  const read = async (): Promise<void> => {
    const upTo = readable.current
    if (upTo === undefined || upTo === marked.current) return
    marked.current = upTo
    if (!(await markRead(upTo))) marked.current = ''
  }
  const readNow = useEffectEvent(read)
  useEffect(() => {
    if (!isUnread) return undefined
    marked.current = ''
    inSight.current = undefined
    readable.current = undefined
    look()
    const timer = setInterval(look, every)
    return () => clearInterval(timer)
  }, [isUnread])
  useEffect(() => {
    const isHere = () => {
      isAway.current = false
      void readNow()
    }
    for (const sign of signs) window.addEventListener(sign, isHere, { capture: true, passive: true })
    return () => {
      for (const sign of signs) window.removeEventListener(sign, isHere, { capture: true })
    }
  }, [])
}
