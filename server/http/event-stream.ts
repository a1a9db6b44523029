import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { fail } from '../errors.ts'

/** Milliseconds: proxies cut a connection that is silent for a minute. */
const heartbeat = 15_000
/** How long a browser waits before it connects again. */
const retry = 2000
/** Bytes that may wait for a slow reader. */
const waitingMost = 256 * 1024

interface Most {
  ofOwner: number
  ofAddress: number
  all: number
}

interface Opened {
  /** Whose it is, the address that connects, and who is told that there are too many. */
  owner: string
  from: string
  whom: string
  /** Asked at each heartbeat; false ends the stream. */
  isAllowed?: () => Promise<boolean>
}

/** Server-sent events: so many streams at most, each with a heartbeat. */
export const createEventStreams = ({ ofOwner, ofAddress, all }: Most) => {
  const streams = new Map<Readable, Opened>()
  let isClosed = false

  const assertRoom = ({ owner, from, whom }: Opened): void => {
    const open = [...streams.values()]
    const isFull =
      open.length >= all ||
      open.filter((stream) => stream.owner === owner).length >= ofOwner ||
      open.filter((stream) => stream.from === from).length >= ofAddress
    if (isFull) fail('too_many_requests', { whom, retryAfter: heartbeat / 1000 })
  }

  return {
    open: (opened: Opened): Readable => {
      // whoever was cut off asks again at once, over a connection that is still there
      if (isClosed) fail('not_ready')
      assertRoom(opened)
      const stream = new Readable({ read: () => {} })
      streams.set(stream, opened)
      stream.push(`retry: ${retry}\n\n`)
      const beat = setInterval(() => {
        stream.push(':\n\n')
        void opened.isAllowed?.().then(
          (isAllowed) => isAllowed || stream.push(null),
          // while the database is away nobody is told anything anyway
          () => {},
        )
      }, heartbeat)
      stream.on('close', () => {
        clearInterval(beat)
        streams.delete(stream)
      })
      return stream
    },
    closeAll: (): void => {
      isClosed = true
      for (const stream of streams.keys()) stream.push(null)
    },
  }
}

interface ServerEvent {
  event?: string
  id?: string
  data?: unknown
}

/** A reader who is too slow is cut off, and asks again for what it missed. */
export const sendEvent = (stream: Readable, { event, id, data }: ServerEvent): void => {
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ]
  if (stream.destroyed || stream.readableEnded) return
  stream.push(`${lines.join('\n')}\n\n`)
  if (stream.readableLength > waitingMost) stream.destroy()
}

export const sendStream = <R extends Pick<FastifyReply, 'header' | 'send'>>(reply: R, stream: Readable): R => {
  void reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(stream)
  return reply
}
