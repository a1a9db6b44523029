import { useImperativeHandle, useLayoutEffect, useRef, type Ref } from 'react'

/** Pixels from the end that still are the end, and of a message that must be in sight for it to be seen. */
const near = 40
const seen = 24
/** Above the message that a conversation opens at. */
const margin = 12

interface Held {
  message: HTMLElement
  /** Where it is in all that can be scrolled. */
  top: number
}

export interface Place {
  /** Brings the newest message into sight. */
  toEnd(): void
  /** Of the last message in sight; -1 where none is. */
  lastInSight(): number
}

interface Given {
  ref: Ref<Place>
  /** The message that it opens at, by its index; -1: at the end. */
  first: number
  /** What is in sight may be something else than before. */
  onMove(lastInSight: number): void
}

/**
 * What is being read stays where it is: the message that the conversation opened at, or the newest at the bottom or, once
 * somebody has scrolled, the topmost in sight, whatever comes before it or grows. Browsers do so by themselves, but not all
 * of them and not at the top.
 */
export const useReadingPlace = ({ ref, first, onMove }: Given) => {
  const pane = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  /** Undefined at the end. */
  const held = useRef<Held>(undefined)
  /** What it opens at, until somebody scrolls; and how far we scrolled for that. */
  const opened = useRef<{ message: HTMLElement; top: number }>(undefined)
  const isOpened = useRef(false)
  const end = useRef(0)
  const given = useRef({ first, onMove })
  useLayoutEffect(() => {
    given.current = { first, onMove }
  })

  const messages = () => [...(list.current?.querySelectorAll<HTMLElement>(':scope > article') ?? [])]
  const lastInSight = () => {
    const { scrollTop, clientHeight } = pane.current!
    return messages().findLastIndex(({ offsetTop }) => offsetTop <= scrollTop + clientHeight - seen)
  }

  const open = () => {
    const articles = messages()
    if (isOpened.current || articles.length === 0) return
    isOpened.current = true
    const message = articles[given.current.first]
    opened.current = message && { message, top: 0 }
  }

  const hold = () => {
    open()
    const element = pane.current!
    if (opened.current) {
      element.scrollTop = opened.current.message.offsetTop - margin
      opened.current.top = element.scrollTop
    } else if (held.current) {
      const grown = held.current.message.offsetTop - held.current.top
      held.current.top += grown
      if (grown !== 0) element.scrollTop += grown
    } else element.scrollTop = element.scrollHeight
    end.current = element.scrollHeight - element.clientHeight
    given.current.onMove(lastInSight())
  }

  useLayoutEffect(() => {
    // mails grow when they are shown
    const observer = new ResizeObserver(hold)
    observer.observe(list.current!)
    observer.observe(pane.current!)
    return () => observer.disconnect()
  }, [])

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = pane.current!
    // where it became shorter or the window higher, the browser has scrolled and nobody else
    const last = Math.min(end.current, scrollHeight - clientHeight)
    if (opened.current && scrollTop === Math.min(opened.current.top, last)) return hold()
    opened.current = undefined
    // something may have come before it in this very frame
    if (held.current) hold()
    const topmost = messages().find(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > scrollTop)
    held.current =
      last - pane.current!.scrollTop < near || !topmost ? undefined : { message: topmost, top: topmost.offsetTop }
    given.current.onMove(lastInSight())
  }

  const toEnd = () => {
    opened.current = held.current = undefined
    hold()
  }
  useImperativeHandle(ref, () => ({ toEnd, lastInSight }))
  return { pane, list, onScroll, toEnd }
}
