import type { FastifyInstance } from 'fastify'
import type { Db } from '../db/db.ts'
import { randomText } from '../db/id.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import type { Log } from './log.ts'
import type { Bucket, Rates } from './rates.ts'
import { repeat } from './repeat.ts'

/** Milliseconds. */
const interval = 1000
const forgottenAfter = 120_000
/** Rows that are written in one turn. */
const toldAtOnce = 200

/**
 * Processes on one database tell each other once a second what they have let through. So whoever is counted gets the rate
 * from all of them together, and beyond it at most what they let through in the second or two before they heard of each other.
 */
export const exchangeRates = (app: FastifyInstance, { rates, db, log }: Parts): void => {
  // one process has an embedded database to itself
  if (db.engine === 'sqlite') return
  const exchange = new Exchange(rates, db)
  // while the database is away every process goes by its own counts
  repeat(app, { every: interval, log, work: () => exchange.run().catch(() => {}) })
}

interface Parts {
  rates: Rates
  db: Db
  log: Log
}

interface Count {
  processId: string
  /** Of the rate and of the one who is counted. */
  name: string
  admitted: number
}

class Exchange {
  readonly #rates: Rates
  readonly #db: Db
  readonly #processId = randomText(16)
  /** What was heard of each process and name; undefined until the first time, which only says where the others stand. */
  #heard: Map<string, number> | undefined

  constructor(rates: Rates, db: Db) {
    this.#rates = rates
    this.#db = db
  }

  async run(): Promise<void> {
    for (const { name, bucket } of this.#news()) {
      const { admitted } = bucket
      await upsert(this.#db, { processId: this.#processId, name, admitted })
      bucket.told = admitted
    }
    this.#hear(await othersOf(this.#db, this.#processId))
    await deleteOld(this.#db)
  }

  #news(): { name: string; bucket: Bucket }[] {
    const news: { name: string; bucket: Bucket }[] = []
    for (const [of, rate] of this.#rates) {
      // who is far from the limit need not be told of each time, and a crowd of strangers costs nothing
      const worthTelling = Math.min(5, Math.max(1, rate.most / 10))
      for (const [key, bucket] of rate.buckets)
        if (bucket.admitted - bucket.told >= worthTelling) news.push({ name: `${of}: ${key}`, bucket })
        // as if it had never been used
        else if (rate.isFull(bucket)) rate.buckets.delete(key)
    }
    return news.slice(0, toldAtOnce)
  }

  #hear(counts: Count[]): void {
    const heard = new Map<string, number>()
    for (const { processId, name, admitted } of counts) {
      const place = `${processId} ${name}`
      heard.set(place, admitted)
      const before = this.#heard?.get(place) ?? 0
      const [of = '', ...key] = name.split(': ')
      // a smaller number is that of a new bucket
      if (this.#heard)
        this.#rates.get(of)?.takeForOthers(key.join(': '), admitted < before ? admitted : admitted - before)
    }
    this.#heard = heard
  }
}

const upsert = (db: Db, { processId, name, admitted }: Count) =>
  db.run(
    sql`insert into rate_counts (process_id, name, admitted, updated_at)
        values (${processId}, ${name}, ${admitted}, ${timeAfter(db)})
        on conflict (process_id, name) do update set admitted = excluded.admitted, updated_at = excluded.updated_at`,
  )

const othersOf = (db: Db, processId: string) =>
  db.many<Count>(
    sql`select process_id as "processId", name, admitted from rate_counts
        where process_id <> ${processId} and updated_at >= ${timeAfter(db, -forgottenAfter)}`,
  )

const deleteOld = (db: Db) =>
  db.run(sql`delete from rate_counts where updated_at < ${timeAfter(db, -2 * forgottenAfter)}`)
