import { setTimeout as sleep } from 'node:timers/promises'
import type { Tx } from './db.ts'
import { asAnswer, inSavepoint, type Ending, type Job, unavailable } from './write-job.ts'
import { sql } from './sql.ts'
import { isBusy, isFailedSync, type SqliteConnection } from './sqlite-connection.ts'

/** Syncs at once: docs/decisions/reads-see-only-what-is-on-disk.md. */
const mostUnderWay = 3
/** How long another process may hold the write lock before writers are told, milliseconds. */
const lockPatience = 10_000

/** What one transaction did. */
interface Batch {
  begin: number
  jobs: Job[]
  answers: (() => void)[]
  /** What is still to be run. */
  endings: Ending[]
  /** Lets readers see it. */
  release(): void
}

/** A part of it, between two turns of the event loop. */
interface Slice {
  begin: number
  end: number
  jobs: number
}

export interface Syncs {
  /** Milliseconds. */
  lastSync: number
  /** Whether one is under way. */
  isSyncing: boolean
}

/** How a batch goes, all times in milliseconds. */
export interface Pace {
  /** What a slice of a batch, or its last one and the commit, should take: so long is the event loop held. */
  slice: number
  /** How long a batch may go on, slice by slice: so long is the write lock held. */
  longest: number
  /** How long nothing may come before that ends it. */
  silence: number
  mostJobs: number
  /** Pause after each batch: room for a server's writes beside a command. */
  rest: number
  /** Nobody waits for the event loop: what is run at the end is run once for the whole batch, which costs less, however long that takes. */
  isAlone: boolean
}

interface Options {
  writer: SqliteConnection
  /** Keeps readers on the state before the commit; the function it returns lets them go on. */
  holdReaders(): () => void
  /** Resolves when all that was committed is on disk. */
  sync(): Promise<void>
  /** Called once, with the first failed sync: nothing may be acknowledged any more. */
  onFatal(error: Error): void
  pace(syncs: Syncs): Pace
}

/** Points 2, 3 and 6 of docs/write-path.md: owns the write connection, groups what waits, answers after the sync. */
export class WriteQueue {
  readonly #options: Options
  readonly #waiting: Job[] = []
  readonly #pauses: (() => Promise<void>)[] = []
  #draining: Promise<void> | undefined
  #fatal: Error | undefined
  #lockedSince: number | undefined
  #syncs = 0
  #syncMilliseconds = 0
  #lastSync = 0
  #lastArrival = 0
  /** Of each batch that is committed and not settled, in order; resolves when it is. */
  readonly #underWay: Promise<void>[] = []
  /** How many jobs fit into a slice's time, learned from the slices before. */
  #fitting = 8

  constructor(options: Options) {
    this.#options = options
  }

  /** Why the queue takes nothing any more, if it does not. */
  get failure(): Error | undefined {
    return this.#fatal
  }

  get figures() {
    return { waitingWrites: this.#waiting.length, syncs: this.#syncs, syncSeconds: this.#syncMilliseconds / 1000 }
  }

  add<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#fatal) return Promise.reject(unavailable(this.#fatal))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve, reject })
      this.#lastArrival = performance.now()
      this.#start()
    })
  }

  /** Runs `work` while no transaction is open and no reader is held. */
  pause<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pauses.push(() => work().then(resolve, reject))
      this.#start()
    })
  }

  get #newest(): Promise<void> | undefined {
    return this.#underWay.at(-1)
  }

  /** Resolves when all that is committed now is on disk, or `failure` says why it is not. */
  async settled(): Promise<void> {
    await this.#newest
  }

  /** Resolves when everything that was added before is settled. */
  async drained(): Promise<void> {
    while (this.#draining) await this.#draining
    await this.#newest
  }

  /** A sync failed, here or in the checkpoint worker. */
  stop(error: Error): void {
    if (this.#fatal) return
    this.#fatal = error
    for (const job of this.#waiting.splice(0)) job.reject(unavailable(error))
    this.#options.onFatal(error)
  }

  #start(): void {
    // a macrotask later, so that requests that arrived together share the batch
    this.#draining ??= new Promise(setImmediate).then(() => this.#drain())
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#pauses.length > 0) {
      const pause = this.#pauses.shift()
      if (pause) {
        await this.#newest
        await pause()
      } else {
        if (this.#begin()) await this.#batch()
        else await sleep(1 + Math.random() * 2)
      }
    }
    this.#draining = undefined
  }

  #begin(): boolean {
    try {
      this.#options.writer.exec('begin immediate')
      this.#lockedSince = undefined
      return true
    } catch (error) {
      this.#lockedSince ??= performance.now()
      if (!isBusy(error) || performance.now() - this.#lockedSince > lockPatience) {
        this.#lockedSince = undefined
        for (const job of this.#waiting.splice(0)) job.reject(asAnswer(error))
      }
      return false
    }
  }

  async #batch(): Promise<void> {
    const { writer, holdReaders } = this.#options
    const pace = this.#options.pace({ lastSync: this.#lastSync, isSyncing: this.#underWay.length > 0 })
    const batch: Batch = { begin: performance.now(), jobs: [], answers: [], endings: [], release: () => {} }
    try {
      const state = stateOf(writer)
      let slice = await this.#slice(batch, pace)
      while (this.#mayGoOn(batch, slice, pace)) {
        await (this.#waiting.length > 0 ? new Promise(setImmediate) : sleep(1))
        if (this.#waiting.length > 0) slice = await this.#slice(batch, pace)
      }
      runEndings(writer, batch)
      const changed = stateOf(writer) !== state
      if (changed) batch.release = holdReaders()
      writer.exec('commit')
      if (!pace.isAlone) this.#learn(slice.jobs, performance.now() - slice.begin, pace)
      this.#underWay.push(this.#settle(batch, this.#newest, changed))
    } catch (error) {
      this.#fail(batch, error)
      this.#rollBack()
      return
    }
    // the next batch does not wait for a slow sync, until there are too many
    const soon = sleep(pace.slice).then(() => this.#underWay.at(-mostUnderWay))
    await Promise.race([this.#newest, soon])
    await (pace.rest > 0 ? sleep(pace.rest) : new Promise(setImmediate))
  }

  /** Gives the answers when what was committed is on disk, after those of the batches before. */
  async #settle(batch: Batch, before: Promise<void> | undefined, changed: boolean): Promise<void> {
    const synced = changed ? this.#sync() : undefined
    await before
    await synced
    void this.#underWay.shift()
    // also when the checkpoint worker's sync failed in the meantime
    if (this.#fatal) return this.#fail(batch, this.#fatal)
    batch.release()
    for (const answer of batch.answers) answer()
  }

  #fail({ jobs, release }: Batch, error: unknown): void {
    if (isFailedSync(error)) this.stop(error as Error)
    if (!this.#fatal) release()
    const answer = this.#fatal ? unavailable(this.#fatal) : asAnswer(error)
    for (const job of jobs) job.reject(answer)
  }

  /** Runs what waits for as long as the event loop may be held. */
  async #slice(batch: Batch, { slice, isAlone }: Pace): Promise<Slice> {
    const { writer } = this.#options
    const begin = performance.now()
    const most = isAlone ? Infinity : this.#fitting
    let done = 0
    while (this.#waiting.length > 0 && done < most && performance.now() < begin + slice) {
      const job = this.#waiting.shift()!
      batch.jobs.push(job)
      batch.answers.push(await inSavepoint(writer, job, batch.endings))
      done += 1
    }
    if (!isAlone) runEndings(writer, batch)
    return { begin, end: performance.now(), jobs: done }
  }

  /** What arrives in time shares the sync; those who were just answered are about to ask again. */
  #mayGoOn({ jobs, begin }: Batch, slice: Slice, { longest, silence, mostJobs }: Pace): boolean {
    const now = performance.now()
    const isExpecting = this.#waiting.length > 0 || now < Math.max(this.#lastArrival, slice.end) + silence
    return isExpecting && jobs.length < mostJobs && now < begin + longest
  }

  /** Half as many after a slice that took too long; after a full one twice as many if it took less than half the time, else some more. */
  #learn(jobs: number, milliseconds: number, { slice, mostJobs }: Pace): void {
    if (milliseconds > slice) this.#fitting = Math.max(1, Math.floor(jobs / 2))
    else if (jobs === this.#fitting)
      this.#fitting = Math.min(mostJobs, jobs + (milliseconds < slice / 2 ? jobs : Math.ceil(jobs / 8)))
  }

  #rollBack(): void {
    try {
      if (this.#options.writer.isTransaction) this.#options.writer.exec('rollback')
    } catch (error) {
      this.stop(error as Error)
    }
  }

  async #sync(): Promise<void> {
    const begin = performance.now()
    await this.#options.sync().catch((error: Error) => this.stop(error))
    this.#lastSync = performance.now() - begin
    this.#syncs += 1
    this.#syncMilliseconds += this.#lastSync
  }
}

/** In their order FTS5 takes them as one segment: a lower row than the one before begins another. */
const runEndings = (writer: SqliteConnection, { endings }: Batch): void => {
  endings.sort((one, other) => one.order - other.order)
  for (const { query } of endings.splice(0)) writer.run(query)
}

/** Differs after a batch that wrote rows or changed the schema. */
const stateOf = (writer: SqliteConnection): string => {
  const state = writer.one<{ rows: number; schema: number }>(
    sql`select total_changes() as rows, schema_version as schema from pragma_schema_version`,
  )!
  return `${state.rows} ${state.schema}`
}
