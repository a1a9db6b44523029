import type { Readable } from 'node:stream'
import type { ChannelRow } from '../channels/queries.ts'
import { limits } from '../config.ts'
import type { Db } from '../db/db.ts'
import type { Live } from '../events/live.ts'
import type { Event } from '../events/queries.ts'
import { createEventStreams, sendEvent } from '../http/event-stream.ts'
import { findVisitor, messagesFor, seqOf, type ShownMessage, type Visitor } from './queries.ts'

/** Clocks of several processes differ: what is this much older than the last message seen may have come after it. */
const overlapInSeqs = 60_000 * 1024
const messagesAtOnce = 100

interface Wanted {
  channel: ChannelRow
  visitor: Visitor
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
      const { visitor, from } = wanted
      const stream = streams.open({ owner: visitor.id, from, whom: 'this visitor or address' })
      await follow({ db, live, stream }, wanted).catch((error: unknown) => {
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
}

/**
 * Listens before it looks at who the visitor is and what was missed, so that nothing falls between. What it sends first may
 * be told of again, as news that had not settled when it began to listen; it is not sent again.
 */
const follow = async ({ db, live, stream }: Parts, { channel, visitor, lastId }: Wanted): Promise<void> => {
  const { id: channelId, workspaceId } = channel
  let contactId = ''
  const known = new Set([lastId])

  const tell = async (events: Event[]): Promise<void> => {
    if (events.some(({ kind }) => kind === 'CONTACT_ERASED')) {
      const now = await findVisitor(db, workspaceId, visitor.id)
      if (!now) return void stream.push(null)
      contactId = now.contactId
    }
    const ids = events
      .filter((event) => event.kind === 'MESSAGE_CREATED' && event.contactId === contactId)
      .map(({ messageId }) => messageId!)
      .filter((id) => !known.has(id))
    if (ids.length === 0) return
    send(stream, await messagesFor(db, workspaceId, { channelId, contactId, ids, limit: ids.length }))
  }

  const tellWhatWasMissed = async (): Promise<void> => {
    const now = await findVisitor(db, workspaceId, visitor.id)
    if (!now) return void stream.push(null)
    contactId = now.contactId
    const seq = lastId === undefined ? undefined : await seqOf(db, workspaceId, { contactId, id: lastId })
    const from = seq === undefined ? 0 : seq - overlapInSeqs
    const missed = await messagesFor(db, workspaceId, { channelId, contactId, from, limit: messagesAtOnce })
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
