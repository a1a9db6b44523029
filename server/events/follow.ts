import type { Readable } from 'node:stream'
import { sendEvent } from '../http/event-stream.ts'
import type { Opaque } from '../http/opaque.ts'
import type { Present, PresenceWatch } from '../presence/watch.ts'
import type { Live } from './live.ts'
import type { Event } from './queries.ts'

interface Parts {
  live: Live
  presence: PresenceWatch
  stream: Readable
  ids: Opaque
  /** Whoever may no longer see it is told nothing more. */
  isAllowed: () => Promise<boolean>
}

interface Wanted {
  workspaceId: string
  /** The last event that is known. */
  after: number | undefined
}

/** Tells a stream what happens in the workspace and who is where, until it closes. */
export const followWorkspace = async (
  { live, presence, stream, ids, isAllowed }: Parts,
  { workspaceId, after }: Wanted,
): Promise<void> => {
  // one after the other; a browser that is cut off asks again for what it missed
  let queue = Promise.resolve()
  const tell = (send: () => void) => {
    queue = queue
      .then(async () => {
        if (await isAllowed()) send()
        else stream.push(null)
      })
      .catch(() => void stream.destroy())
  }
  const onEvents = (events: Event[]) => tell(() => events.forEach((event) => sendChange(stream, ids, event)))
  const onPresence = (changed: Present[]) =>
    tell(() => changed.forEach((data) => sendEvent(stream, { event: 'presence', data })))

  const known = await live.follow(workspaceId, onEvents, after)
  if (!known) sendEvent(stream, { event: 'reload', data: {} })
  const following = known ?? (await live.follow(workspaceId, onEvents))!
  // so that whoever is cut off before the first event can say where they were
  sendEvent(stream, { id: ids.hide(following.seq) })
  const leave = presence.watch(workspaceId, onPresence)
  stream.on('close', () => {
    following.leave()
    leave()
  })
}

const sendChange = (stream: Readable, ids: Opaque, { seq, ...event }: Event): void => {
  const { kind, contactId, conversationId, messageId, createdAt } = event
  sendEvent(stream, {
    event: 'change',
    id: ids.hide(seq),
    data: { kind, contactId, conversationId, messageId, createdAt },
  })
}
