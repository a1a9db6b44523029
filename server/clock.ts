import type { Db } from './db/db.ts'
import { sql } from './db/sql.ts'
import type { Log } from './http/log.ts'

/** Milliseconds. A smaller difference changes no order that anybody would notice. */
const tolerated = 2000

/** How far this process's clock is ahead of the database's, milliseconds; less than none where it is behind. */
const aheadOfDatabase = async (db: Db): Promise<number> => {
  const asked = Date.now()
  const { now } = (await db.one<{ now: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::double precision as now`,
  ))!
  // the database looked at its clock somewhere in between
  const answered = Date.now()
  return now < asked ? asked - now : Math.min(0, answered - now)
}

/** Times of several processes come into one order: whoever's clock is wrong should know. */
export const warnOfClock = async (db: Db, log: Log): Promise<void> => {
  if (db.engine === 'sqlite') return
  const ahead = await aheadOfDatabase(db)
  if (Math.abs(ahead) <= tolerated) return
  const seconds = Math.round(Math.abs(ahead) / 1000)
  log('error', {
    error: `The clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the database's: synchronise both (NTP).`,
  })
}
