import { continueFrom, currentTime } from './current-time.ts'
import { limits } from './limits.ts'
import type { Db } from './db/db.ts'
import { databaseTime } from './db/spelling.ts'
import { sql } from './db/sql.ts'
import type { Log } from './http/log.ts'

/** What is written from now on is not older than what is stored, though this machine's clock may have been set back. */
export const continueClock = async (db: Db): Promise<void> => {
  const newest = await db.one<Record<'message' | 'event', string | null>>(
    sql`select (select created_at from messages order by seq desc limit 1) as message,
          (select created_at from events order by seq desc limit 1) as event`,
  )
  for (const time of [newest?.message, newest?.event]) if (time) continueFrom(Date.parse(time))
}

/** How far this process's clock is ahead of the database's, milliseconds; less than none where it is behind. */
export const aheadOfDatabase = async (db: Db): Promise<number> => {
  const asked = Date.now()
  const { now } = (await db.one<{ now: number }>(sql`select ${databaseTime(db)} as now`))!
  // the database looked at its clock somewhere in between
  const answered = Date.now()
  return now < asked ? asked - now : Math.min(0, answered - now)
}

/** Times of several processes come into one order: whoever's clock is wrong should know. */
export const warnOfClock = async (db: Db, log: Log): Promise<void> => {
  const ahead = await aheadOfDatabase(db)
  if (Math.abs(ahead) > limits.clockDifference)
    log('error', {
      error: `The clock of this machine is ${secondsOf(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} the database's: synchronise both (NTP).`,
    })
  const behind = currentTime() - Date.now()
  if (behind > limits.clockDifference)
    log('error', {
      error: `The clock of this machine was set back: it is ${secondsOf(behind)} s behind what was written before. New times continue from there until it has caught up. Check its synchronisation (NTP).`,
    })
}

const secondsOf = (milliseconds: number): number => Math.round(Math.abs(milliseconds) / 1000)
