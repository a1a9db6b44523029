import { limits } from './limits.ts'
import type { Db } from './db/db.ts'
import { databaseTime } from './db/spelling.ts'
import { sql } from './db/sql.ts'
import type { Log } from './http/log.ts'

/** How far this process's clock is ahead of the database's, milliseconds; less than none where it is behind. */
const aheadOfDatabase = async (db: Db): Promise<number> => {
  const asked = Date.now()
  const { now } = (await db.one<{ now: number }>(sql`select ${databaseTime(db)} as now`))!
  // the database looked at its clock somewhere in between
  const answered = Date.now()
  return now < asked ? asked - now : Math.min(0, answered - now)
}

/** Times of several processes come into one order: whoever's clock is wrong should know. */
export const warnOfClock = async (db: Db, log: Log): Promise<void> => {
  const ahead = await aheadOfDatabase(db)
  if (Math.abs(ahead) <= limits.clockDifference) return
  const seconds = Math.round(Math.abs(ahead) / 1000)
  log('error', {
    error: `The clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the database's: synchronise both (NTP).`,
  })
}
