import type { FastifyInstance } from 'fastify'
import type { Db } from '../db/db.ts'
import { randomText } from '../db/id.ts'
import { sql } from '../db/sql.ts'
import type { Log } from './log.ts'
import type { RateLimit } from './rate-limit.ts'
import { repeat } from './repeat.ts'

/** Milliseconds. */
const interval = 1000
const forgottenAfter = 120_000

/**
 * Processes on one database tell each other once a second what they have let through. So a caller gets its rate from all of
 * them together, and beyond it at most what they let through in the second or two before they heard of each other.
 */
export const exchangeRates = (app: FastifyInstance, { rates, db, log }: Parts): void => {
  // one process has an embedded database to itself
  if (db.engine === 'sqlite') return
  const exchange = new Exchange(rates, db)
  // while the database is away every process goes by its own counts
  repeat(app, { every: interval, log, work: () => exchange.run().catch(() => {}) })
}

interface Parts {
  rates: RateLimit
  db: Db
  log: Log
}

interface Count {
  processId: string
  callerId: string
  admitted: number
}

class Exchange {
  readonly #rates: RateLimit
  readonly #db: Db
  readonly #processId = randomText(16)
  /** What was told of each bucket. */
  readonly #told = new Map<string, number>()
  /** What was heard of each process and caller; undefined until the first time, which only says where the others stand. */
  #heard: Map<string, number> | undefined

  constructor(rates: RateLimit, db: Db) {
    this.#rates = rates
    this.#db = db
  }

  async run(): Promise<void> {
    await this.#tell()
    this.#hear(await othersSince(this.#db, this.#processId, new Date(Date.now() - forgottenAfter).toISOString()))
    await deleteBefore(this.#db, new Date(Date.now() - 2 * forgottenAfter).toISOString())
  }

  async #tell(): Promise<void> {
    // a key that is far from its limit need not be told of for every request
    const worthTelling = Math.max(1, this.#rates.perMinute / 6000)
    for (const [callerId, { admitted }] of this.#rates.buckets)
      if (admitted - (this.#told.get(callerId) ?? 0) >= worthTelling) {
        await upsert(this.#db, { processId: this.#processId, callerId, admitted })
        this.#told.set(callerId, admitted)
      } else if (this.#rates.filled(callerId).tokens === this.#rates.perMinute) {
        // full again: as if it had never been used
        this.#rates.buckets.delete(callerId)
        this.#told.delete(callerId)
      }
  }

  #hear(counts: Count[]): void {
    const heard = new Map<string, number>()
    for (const { processId, callerId, admitted } of counts) {
      const place = `${processId} ${callerId}`
      heard.set(place, admitted)
      const before = this.#heard?.get(place) ?? 0
      // a smaller number is that of a new bucket
      if (this.#heard) this.#rates.takeForOthers(callerId, admitted < before ? admitted : admitted - before)
    }
    this.#heard = heard
  }
}

const upsert = (db: Db, { processId, callerId, admitted }: Count) =>
  db.run(
    sql`insert into rate_counts (process_id, caller_id, admitted, updated_at)
        values (${processId}, ${callerId}, ${admitted}, ${new Date().toISOString()})
        on conflict (process_id, caller_id) do update set admitted = excluded.admitted, updated_at = excluded.updated_at`,
  )

const othersSince = (db: Db, processId: string, since: string) =>
  db.many<Count>(
    sql`select process_id as "processId", caller_id as "callerId", admitted from rate_counts
        where process_id <> ${processId} and updated_at >= ${since}`,
  )

const deleteBefore = (db: Db, before: string) => db.run(sql`delete from rate_counts where updated_at < ${before}`)
