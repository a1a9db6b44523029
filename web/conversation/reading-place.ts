import { useLayoutEffect, useRef } from 'react'

/** Pixels from the end that still are the end. */
const near = 40

interface Held {
  message: HTMLElement
  /** Where it is in all that can be scrolled. */
  top: number
}

/**
 * What is being read stays where it is: the newest message at the bottom or, once somebody has scrolled up, the topmost in
 * sight, whatever comes before it or grows. Browsers do so by themselves, but not all of them and not at the top.
 */
export const useReadingPlace = () => {
  const pane = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  /** Undefined at the end. */
  const held = useRef<Held>(undefined)
  const end = useRef(0)

  const hold = () => {
    const { scrollHeight, clientHeight } = pane.current!
    if (held.current) {
      const grown = held.current.message.offsetTop - held.current.top
      held.current.top += grown
      if (grown !== 0) pane.current!.scrollTop += grown
    } else pane.current!.scrollTop = scrollHeight
    end.current = scrollHeight - clientHeight
  }

  useLayoutEffect(() => {
    // mails grow when they are shown
    const observer = new ResizeObserver(hold)
    observer.observe(list.current!)
    observer.observe(pane.current!)
    return () => observer.disconnect()
  }, [])

  const onScroll = () => {
    // something may have come before it in this very frame
    if (held.current) hold()
    const { scrollTop } = pane.current!
    const messages = [...list.current!.querySelectorAll<HTMLElement>(':scope > article')]
    const topmost = messages.find(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > scrollTop)
    held.current = end.current - scrollTop < near || !topmost ? undefined : { message: topmost, top: topmost.offsetTop }
  }
  return { pane, list, onScroll }
}
