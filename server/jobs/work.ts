import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Tx } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import type { Log } from '../http/log.ts'
import { claim, extend, finish, isAnyDue, postpone, type Job } from './queries.ts'

/** Milliseconds, all of them. */
const interval = 300
const lease = 15_000
const leaseRenewal = 5000
/** What is set up is noticed at once, unless another process was told of it. */
const untilSetUp = 600_000

/** How a job ends: runs in the transaction that takes it out of the list. */
type Ending = (tx: Tx) => Promise<unknown>

export interface Worker {
  /** Throws: tried again after a while, or `GiveUp`: never, or `NotYet`: later, and it counts as no failure. */
  run(job: Job): Promise<Ending>
  /** The wait after each failure, milliseconds; after the last one the job is given up. */
  waits: readonly number[]
  /** What becomes of a job that is given up. */
  giveUp(job: Job, reason: string): Ending
}

/** Trying again would not help; the message says why. */
export class GiveUp extends Error {}

/** Somebody else would not or could not do it now; the message, which stays out of the log, says why. */
export class TryAgain extends Error {}

/** Something is not set up; the message says what. */
export class NotYet extends Error {}

interface Workers {
  db: Db
  log: Log
  workers: Record<string, Worker>
}

/**
 * Does the jobs of the database until it is closed; `close` resolves when the one that is being done has ended. One at a
 * time, so that a process that is killed leaves one in doubt at most.
 */
export const doJobs = ({ db, log, workers }: Workers): { close(): Promise<void> } => {
  const closing = new AbortController()
  const told = new Set<string>()

  const next = async (): Promise<Job | undefined> => {
    const now = new Date().toISOString()
    // a look costs a reader's time only
    return (await isAnyDue(db, now)) ? claim(db, { now, until: timeAfter(lease) }) : undefined
  }

  /** Rejects only when the database cannot be written; the lease ends then, and the job is taken again. */
  const doOne = async (job: Job): Promise<void> => {
    const worker = workers[job.kind]
    if (!worker) return void (await postpone(db, job, later(job, `nobody does jobs of the kind ${job.kind}`)))
    const renewal = setInterval(() => void extend(db, job, timeAfter(lease)).catch(() => {}), leaseRenewal)
    try {
      const ending = await worker.run(job).catch((error: unknown) => afterFailure(job, worker, error))
      if (ending) await end(job, ending)
    } finally {
      clearInterval(renewal)
    }
  }

  /** What was done is not done again because the database is away when it has to be said. */
  const end = async (job: Job, ending: Ending): Promise<void> => {
    for (;;) {
      try {
        return await db.transaction(async (tx) => {
          await finish(tx, job)
          await ending(tx)
        })
      } catch (error) {
        const isAway = error instanceof ApiError && error.statusCode === 503
        if (!isAway || closing.signal.aborted) throw error
        await sleep(interval)
      }
    }
  }

  const afterFailure = async (job: Job, worker: Worker, error: unknown): Promise<void> => {
    const reason = messageOf(error)
    if (error instanceof NotYet) {
      if (!told.has(reason)) log('error', { jobId: job.id, kind: job.kind, error: reason })
      told.add(reason)
      await postpone(db, job, later(job, reason))
      return
    }
    const wait = worker.waits[job.failures]
    const isOver = error instanceof GiveUp || wait === undefined
    // what others say of a mail may name people: it is kept with the job and its message
    const cause = isExpected(error) ? {} : { error: error instanceof Error ? error.stack : reason }
    const { id: jobId, kind, subjectId } = job
    log('error', { jobId, kind, subjectId, failures: job.failures + 1, givenUp: isOver, ...cause })
    if (isOver) await end(job, worker.giveUp(job, reason))
    else await postpone(db, job, { at: timeAfter(wait), failures: job.failures + 1, error: reason, isWaiting: false })
  }

  const loop = async () => {
    while (!closing.signal.aborted) {
      // while the database is away there is nothing to do and nothing to say: requests say it
      const job = await next().catch(() => undefined)
      if (job) await doOne(job).catch((error: unknown) => log('error', { jobId: job.id, error: messageOf(error) }))
      else await sleep(interval, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const running = loop()
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}

const isExpected = (error: unknown): boolean => error instanceof GiveUp || error instanceof TryAgain
const later = ({ failures }: Job, error: string) => ({ at: timeAfter(untilSetUp), failures, error, isWaiting: true })
const timeAfter = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString()
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
