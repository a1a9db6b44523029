import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../limits.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import type { Log } from '../http/log.ts'
import {
  abandon,
  claim,
  dueQueues,
  extend,
  finish,
  isPausedNow,
  lockSetup,
  moveTo,
  pause,
  postpone,
  wake,
  wakeJobs,
  type Job,
} from './queries.ts'

/** Milliseconds, all of them. */
const interval = 300
const lease = 15_000
const leaseRenewal = 5000
/** How long a queue is served while others wait for room. */
const turn = 2000
/** How long a job may go on when the server stops. */
const closingPatience = 5000
/** What is set up is noticed at once, unless a process with other settings was told of it. */
const untilSetUp = 600_000

/** How a job ends: runs in the transaction that takes it out of the list. */
type Ending = (tx: Tx) => Promise<unknown>

export interface Worker {
  /**
   * The queue that the job belongs in, as things are set up now. Its first word says whose the queue is. In the queue without
   * a name nothing may be done that takes long.
   */
  queueOf(db: Queries, job: Job): Promise<string>
  /** Throws: tried again after a while, or `GiveUp`: never, or `NotYet`: later, and it counts as no failure. */
  run(job: Job, signal: AbortSignal): Promise<Ending>
  /** The wait after each failure, milliseconds; after the last one the job is given up. */
  waits: readonly number[]
  /** What becomes of a job that is given up. */
  giveUp(job: Job, reason: string): Ending
  /** What goes with it where the job has to wait, or with its whole queue. */
  postponed?(job: Job, isPaused: boolean): Ending
}

interface Details extends ErrorOptions {
  /** What the log may have of it. */
  note?: Readonly<Record<string, string | undefined>>
}

/** The message, which stays out of the log, says why. */
abstract class Expected extends Error {
  readonly note: Details['note']
  constructor(message: string, { note, ...options }: Details = {}) {
    super(message, options)
    this.note = note
  }
}

/** Trying again would not help. */
export class GiveUp extends Expected {}

/** Somebody else would not or could not do it now. */
export class TryAgain extends Expected {}

/** Nor would they do anything else of this queue: nothing of it is tried for so many milliseconds. */
export class PauseQueue extends TryAgain {
  readonly wait: number
  constructor(wait: number, reason: string, details: Details) {
    super(reason, details)
    this.wait = wait
  }
}

/** Something is not set up; the message says what, and `forLog` says it to the operator. */
export class NotYet extends Error {
  readonly forLog: string
  constructor(message: string, forLog = message) {
    super(message)
    this.forLog = forLog
  }
}

interface Workers {
  db: Db
  log: Log
  workers: Record<string, Worker>
  /** Told of each try that failed; `reason` is a word of the worker's. */
  onFailure?: ((kind: string, reason: string, isFinal: boolean) => void) | undefined
}

/**
 * Does the jobs of the database until it is closed; `close` resolves when those that are being done have ended. Of each queue
 * one at a time, so that a process that is killed leaves one of each in doubt at most; in a queue the workspaces take turns.
 */
export const doJobs = ({ db, log, workers, onFailure }: Workers): { close(): Promise<void> } => {
  const closing = new AbortController()
  const cutting = new AbortController()
  const told = new Set<string>()
  const running = new Map<string, Promise<void>>()
  /** The workspace of each queue that was served last. */
  const served = new Map<string, string>()
  let lastBegun = ''
  let isCrowded = false
  /** Ends the wait of the loop. */
  let look = () => {}

  /** Begins with the queue after the one that was begun last, so that each gets room. */
  const beginDue = async (): Promise<void> => {
    // a look costs a reader's time only; while the database is away there is nothing to do and nothing to say: requests say it
    const due = (await dueQueues(db).catch(() => [])).filter((queue) => !running.has(queue))
    const next = due.findIndex((queue) => queue > lastBegun)
    const inTurn = next === -1 ? due : [...due.slice(next), ...due.slice(0, next)]
    for (const queue of inTurn) {
      if (closing.signal.aborted || !hasRoom(queue)) continue
      lastBegun = queue
      running.set(
        queue,
        serve(queue).then((hasDone) => {
          running.delete(queue)
          // what was moved is due elsewhere now, and others may have waited for room
          if (hasDone) look()
        }),
      )
    }
    isCrowded = due.some((queue) => !running.has(queue))
  }

  const hasRoom = (queue: string): boolean => {
    const ofOwner = [...running.keys()].filter((other) => ownerOf(other) === ownerOf(queue))
    return running.size < limits.queuesAtOnce && ofOwner.length < limits.queuesOfOwner
  }

  /** Until nothing of it is due, it is paused, or others wait for room. Resolves to whether anything was done. */
  const serve = async (queue: string): Promise<boolean> => {
    const end = performance.now() + turn
    for (let hasDone = false; ; hasDone = true) {
      if (closing.signal.aborted || (isCrowded && performance.now() > end)) return hasDone
      const job = await claim(db, { queue, after: served.get(queue) ?? '', lease }).catch(() => undefined)
      if (!job) {
        served.delete(queue)
        return hasDone
      }
      served.set(queue, job.workspaceId)
      const goesOn = await doOne(job).catch((error: unknown) =>
        log('error', { jobId: job.id, error: messageOf(error) }),
      )
      if (!goesOn) return hasDone
    }
  }

  /**
   * Resolves to whether the next one of its queue may be tried. Rejects only when the database is away; the lease ends then,
   * and the job is taken again.
   */
  const doOne = async (job: Job): Promise<boolean> => {
    const worker = job.kind === wakeJobs ? waker(db) : workers[job.kind]
    if (!worker) return (await postpone(db, job, later(job, `nobody does jobs of the kind ${job.kind}`))) > 0
    const queue = await worker.queueOf(db, job)
    if (queue !== job.queue) return move(job, worker, queue)
    const renewal = setInterval(() => void extend(db, job, lease).catch(() => {}), leaseRenewal)
    try {
      let failure: unknown
      const ending = await worker.run(job, cutting.signal).catch((error: unknown) => void (failure = error))
      if (ending) await end(job, finish, ending)
      else await afterFailure(job, worker, failure)
      return !(failure instanceof PauseQueue)
    } finally {
      clearInterval(renewal)
    }
  }

  const move = (job: Job, worker: Worker, queue: string): Promise<boolean> =>
    db.transaction(async (tx) => {
      if ((await moveTo(tx, job, queue)) === 0) return false
      if (await isPausedNow(tx, queue)) await worker.postponed?.(job, false)(tx)
      return true
    })

  /** What was done is not done again because the database is away when it has to be said. A job ends once, whoever had it. */
  const end = async (job: Job, take: typeof finish, ending: Ending): Promise<void> => {
    for (;;) {
      try {
        return await db.transaction(async (tx) => {
          if ((await take(tx, job)) > 0) await ending(tx)
        })
      } catch (error) {
        const isAway = error instanceof ApiError && error.statusCode === 503
        if (!isAway || closing.signal.aborted) throw error
        await sleep(interval)
      }
    }
  }

  const afterFailure = async (job: Job, worker: Worker, error: unknown): Promise<void> => {
    const { id: jobId, kind, subjectId, failures } = job
    const reason = messageOf(error)
    if (cutting.signal.aborted)
      return void (await postpone(db, job, { wait: 0, failures, error: reason, isWaiting: false }))
    if (error instanceof NotYet) return untilItIsSetUp(job, worker, error)
    const wait = worker.waits[failures]
    const isOver = error instanceof GiveUp || wait === undefined
    // what others say of a mail may name people: it is kept with the job and its message
    const cause = error instanceof Expected ? error.note : { error: error instanceof Error ? error.stack : reason }
    log('error', { jobId, kind, subjectId, failures: failures + 1, givenUp: isOver, ...cause })
    onFailure?.(kind, (error instanceof Expected && error.note?.['reason']) || 'other', isOver)
    if (error instanceof PauseQueue) await pause(db, { queue: job.queue, wait: error.wait, reason })
    if (isOver) return end(job, abandon, worker.giveUp(job, reason))
    await db.transaction(async (tx) => {
      await postpone(tx, job, { wait, failures: failures + 1, error: reason, isWaiting: false })
      await worker.postponed?.(job, error instanceof PauseQueue)(tx)
    })
  }

  /** Whether it is still missing is asked under the lock of whoever sets something up, so that no wake-up is lost. */
  const untilItIsSetUp = async (job: Job, worker: Worker, { message, forLog }: NotYet): Promise<void> => {
    const waits = await db.transaction(async (tx) => {
      await lockSetup(tx, job.workspaceId)
      const queue = await worker.queueOf(tx, job)
      if (queue === job.queue) {
        await worker.postponed?.(job, false)(tx)
        return postpone(tx, job, later(job, message))
      }
      await moveTo(tx, job, queue)
      return 0
    })
    if (waits === 0 || told.has(forLog)) return
    told.add(forLog)
    log('error', { jobId: job.id, kind: job.kind, error: forLog })
  }

  const loop = async () => {
    while (!closing.signal.aborted) {
      await beginDue()
      if (!closing.signal.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, interval)
          look = () => {
            clearTimeout(timer)
            resolve()
          }
        })
    }
  }

  const looking = loop()
  return {
    close: async () => {
      closing.abort()
      look()
      const cut = setTimeout(() => cutting.abort(new Error('The server was stopped.')), closingPatience)
      await looking
      await Promise.all(running.values())
      clearTimeout(cut)
    },
  }
}

const waker = (db: Db): Worker => ({
  queueOf: async (_, { workspaceId }) => `${workspaceId} jobs`,
  run: async ({ workspaceId }) => {
    await wake(db, workspaceId)
    return async () => {}
  },
  waits: [1000, 10_000, 60_000],
  giveUp: () => async () => {},
})

const ownerOf = (queue: string): string => queue.split(' ', 1)[0]!
const later = ({ failures }: Job, error: string) => ({ wait: untilSetUp, failures, error, isWaiting: true })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
