import type { Readable } from 'node:stream'
import type { ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import type { Live } from '../events/live.ts'
import type { Event } from '../events/queries.ts'
import { createEventStreams, sendEvent } from '../http/event-stream.ts'
import { findKnown } from './known.ts'
import { messagesFor, seqOf, type ShownMessage, type Visitor } from './queries.ts'

/** Clocks of several processes differ: what is this much older than the last message seen may have come after it. */
const overlapInSeqs = 60_000 * 1024
const messagesAtOnce = 100

interface Wanted {
  channel: ChannelRow
  visitor: Visitor
  token: string
  /** The address that connects. */
  from: string
  /** The last message that the browser has. */
  lastId: string | undefined
}

export interface Streams {
  /** The visitor's messages as server-sent events: those after `lastId`, then every new one. */
  open(wanted: Wanted): Promise<Readable>
  closeAll(): void
}

export const createStreams = (db: Db, live: Live): Streams => {
  const { chatStreamsOfVisitor: ofOwner, chatStreamsOfAddress: ofAddress, chatStreams: all } = limits
  const streams = createEventStreams({ ofOwner, ofAddress, all })
  return {
    open: async (wanted) => {
      const { channel, visitor, token, from } = wanted
      const look = async () => (await findKnown(db, channel, token))?.visitor
      const isAllowed = async () => (await look()) !== undefined
      const stream = streams.open({ owner: visitor.id, from, whom: 'this visitor or address', isAllowed })
      await follow({ db, live, stream, look }, wanted).catch((error: unknown) => {
        stream.destroy()
        throw error
      })
      return stream
    },
    closeAll: streams.closeAll,
  }
}

interface Parts {
  db: Db
  live: Live
  stream: Readable
  /** Resolves to undefined once the token has ended, or the chat. */
  look(): Promise<Visitor | undefined>
}

/** What may end a stream. Everything else that does, such as a new token, does so before the next message, or within a heartbeat. */
const endings = new Set(['CONTACT_ERASED', 'CHANNEL_DELETED'])

/**
 * Listens before it looks at what was missed, so that nothing falls between. What it sends first may
 * be told of again, as news that had not settled when it began to listen; it is not sent again.
 */
const follow = async ({ db, live, stream, look }: Parts, { channel, visitor, lastId }: Wanted): Promise<void> => {
  const { workspaceId } = channel
  // a token does not outlive a merge
  const { contactId } = visitor
  const known = new Set([lastId])

  const tell = async (events: Event[]): Promise<void> => {
    const ids = events
      .filter((event) => event.kind === 'MESSAGE_CREATED' && event.contactId === contactId)
      .map(({ messageId }) => messageId!)
      .filter((id) => !known.has(id))
    if (ids.length === 0 && !events.some(({ kind }) => endings.has(kind))) return
    const visitor = await look()
    if (!visitor) return void stream.push(null)
    if (ids.length > 0) send(stream, await messagesFor(db, workspaceId, { visitor, ids, limit: ids.length }))
  }

  const tellWhatWasMissed = async (): Promise<void> => {
    const visitor = await look()
    if (!visitor) return void stream.push(null)
    const seq = lastId === undefined ? undefined : await seqOf(db, workspaceId, { contactId, id: lastId })
    const from = seq === undefined ? 0 : seq - overlapInSeqs
    const missed = await messagesFor(db, workspaceId, { visitor, from, limit: messagesAtOnce })
    const unknown = missed.filter(({ id }) => id !== lastId)
    for (const { id } of unknown) known.add(id)
    send(stream, unknown)
  }

  // one after the other; a browser that is cut off asks again for what it missed
  const { promise: first, resolve: begin } = Promise.withResolvers<void>()
  let queue = first
  const listen = (events: Event[]) => {
    queue = queue.then(() => tell(events)).catch(() => void stream.destroy())
  }
  const following = await live.follow(workspaceId, listen)
  stream.on('close', () => following?.leave())
  await tellWhatWasMissed()
  begin()
}

/** `messages` are newest first, the stream is not. */
const send = (stream: Readable, messages: ShownMessage[]): void => {
  for (const { seq: _, ...message } of messages.toReversed())
    sendEvent(stream, { event: 'message', id: message.id, data: message })
}
