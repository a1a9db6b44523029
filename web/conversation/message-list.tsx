import { useLayoutEffect, useRef } from 'react'
import type { Message as Item } from '../../server/messages/schema.ts'
import { useAgents } from '../inbox/conversations.ts'
import { Message } from './message.tsx'

interface Given {
  id: string
  /** Undefined while they are being loaded. */
  items: Item[] | undefined
  customer: string
}

/** The newest at the bottom, where it stays in sight unless somebody has scrolled up to read. */
export const Messages = ({ id, items, customer }: Given) => {
  const agents = useAgents()
  const pane = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    const toEnd = () => {
      if (isAtEnd.current && pane.current) pane.current.scrollTop = pane.current.scrollHeight
    }
    // mails grow when they are shown
    const observer = new ResizeObserver(toEnd)
    observer.observe(list.current!)
    observer.observe(pane.current!)
    return () => observer.disconnect()
  }, [])
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = pane.current!
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40
  }
  const authorOf = ({ senderType, agentId }: Item): string => {
    if (senderType === 'CUSTOMER') return customer
    if (senderType === 'SYSTEM') return 'support-inbox'
    return (agentId !== null && agents.get(agentId)?.name) || 'The team'
  }
  return (
    <div
      ref={pane}
      onScroll={onScroll}
      className="scroll-pane min-h-0 flex-1"
      role="log"
      aria-label="Messages"
      tabIndex={0}
    >
      <div ref={list} className="mx-auto grid max-w-3xl gap-3 p-3 md:p-5">
        {items?.map((message) => (
          <Message key={message.id} conversationId={id} message={message} author={authorOf(message)} />
        ))}
      </div>
    </div>
  )
}
