import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { forgetEvents } from './queries.ts'

const rowsAStep = 500

/** Deletes the events that nobody can ask for any more, a little at a time, beside everybody else's work. */
export const forgetOldEvents = async (db: Db, now = currentTime()): Promise<void> => {
  const before = new Date(now - limits.eventsKept).toISOString()
  while ((await forgetEvents(db, { before, limit: rowsAStep })) === rowsAStep) continue
}
