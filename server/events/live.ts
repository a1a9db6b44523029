import type { Db } from '../db/db.ts'
import { poll } from '../http/poll.ts'
import { eventsAfter, findPosition, newestPosition, type Event, type Position } from './queries.ts'

/** Milliseconds. */
const interval = 300
const eventsARead = 200

type Listener = (events: Event[]) => void

interface Following {
  seq: number
  leave(): void
}

export interface Live {
  /**
   * Calls `listener` with what happens in the workspace, in order, soon after it is on disk, whichever process wrote it:
   * from now on, or after the event with the number `after`. Resolves to the number of the event that it begins behind and
   * the function that ends it, or to undefined where `after` is no longer kept: then whoever asks has to load everything anew.
   */
  follow(workspaceId: string, listener: Listener, after?: number): Promise<Following | undefined>
  close(): void
}

interface Follower {
  listener: Listener
  position: Position
}

/** Reads the events of the workspaces that somebody follows. By asking, so that it also works through poolers. */
export const createLive = (db: Db): Live => {
  const followed = new Map<string, Set<Follower>>()
  const reading = poll({
    every: interval,
    isWanted: () => followed.size > 0,
    work: async () => {
      for (const [workspaceId, followers] of followed)
        // while the database is away nothing happens; afterwards it goes on from where each one was
        await readFor(db, workspaceId, followers).catch(() => {})
    },
  })

  return {
    follow: async (workspaceId, listener, after) => {
      const position =
        after === undefined ? await newestPosition(db, workspaceId) : await findPosition(db, workspaceId, after)
      if (!position) return undefined
      const follower = { listener, position }
      const followers = followed.get(workspaceId) ?? new Set()
      followed.set(workspaceId, followers.add(follower))
      reading.begin()
      const leave = () => {
        followers.delete(follower)
        if (followers.size === 0 && followed.get(workspaceId) === followers) followed.delete(workspaceId)
      }
      return { seq: position.seq, leave }
    },
    close: () => {
      reading.close()
      followed.clear()
    },
  }
}

/**
 * One read serves all followers of a workspace: it begins at the one that is furthest behind. Who comes while it is under way
 * may be further behind still, and is served by the next one.
 */
const readFor = async (db: Db, workspaceId: string, followers: Set<Follower>): Promise<void> => {
  for (;;) {
    const present = [...followers]
    if (present.length === 0) return
    const first = present.map(({ position }) => position).reduce(earlier)
    const events = await eventsAfter(db, workspaceId, { after: first, limit: eventsARead })
    for (const follower of present) {
      const news = events.filter((event) => isAfter(event, follower.position))
      if (news.length === 0 || !followers.has(follower)) continue
      follower.position = news.at(-1)!
      follower.listener(news)
    }
    if (events.length < eventsARead) return
  }
}

const isAfter = (a: Position, b: Position): boolean => a.xact > b.xact || (a.xact === b.xact && a.seq > b.seq)
const earlier = (a: Position, b: Position): Position => (isAfter(a, b) ? b : a)
