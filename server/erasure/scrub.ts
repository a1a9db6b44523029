import type { Db } from '../db/db.ts'
import type { Log } from '../http/log.ts'
import { inBackground, rest, type Background } from '../jobs/background.ts'
import { listIndexes } from '../search/indexes.ts'
import { markScrubbed, unscrubbed } from './erasures.ts'

const rowsAStep = 100
/** Milliseconds: what is erased within this time shares a pass, and a pass that failed is tried again after it. */
const interval = 10_000

/** Removes what was erased from the bytes of the files, one pass for all that waits, and notes it. */
export const scrubErased = async (db: Db): Promise<void> => {
  const waiting = await unscrubbed(db)
  if (waiting.length === 0) return
  // an index that is being dropped may still have words of theirs
  if ((await listIndexes(db)).some(({ state }) => state === 'DROPPED')) return
  await db.forget()
  for (let from = 0; from < waiting.length; from += rowsAStep)
    await db.transaction(async (tx) => {
      for (const erasure of waiting.slice(from, from + rowsAStep)) await markScrubbed(tx, erasure)
    })
}

/** Goes on with what a server that was stopped has left. PostgreSQL has its own vacuum, which tells nobody what it overwrote. */
export const keepScrubbing = ({ db, log }: { db: Db; log: Log }): Background =>
  inBackground(async (signal) => {
    while (db.engine === 'sqlite' && !signal.aborted) {
      const begin = performance.now()
      await scrubErased(db).catch((error: unknown) => {
        if (!signal.aborted) log('error', { task: 'scrub', error: String(error) })
      })
      // a large database is not read without end
      await rest(Math.max(interval, performance.now() - begin), signal)
    }
  })
