import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '../errors.ts'
import type { Tx } from './db.ts'
import { type Sql, sql } from './sql.ts'
import { isBusy, isFailedSync, isStorageFailure, type SqliteConnection } from './sqlite-connection.ts'

const mostJobs = 256
/** How long another process may hold the write lock before writers are told, milliseconds. */
const lockPatience = 10_000

interface Job {
  work(tx: Tx): Promise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

interface Options {
  writer: SqliteConnection
  /** Keeps readers on the state before the commit; the function it returns lets them go on. */
  holdReaders(): () => void
  /** Resolves when all that was committed is on disk. */
  sync(): Promise<void>
  /** Called once, with the first failed sync: nothing may be acknowledged any more. */
  onFatal(error: Error): void
  /** What a batch should take, begin to commit, in milliseconds: so long are the event loop and the write lock held. */
  batchTime: number
  /** Pause after each batch, milliseconds: room for a server's writes beside a command. */
  rest(): number
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
  /** How many jobs fit into a batch's time, learned from the batches before. */
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

  /** Resolves when everything that was added before is settled. */
  async drained(): Promise<void> {
    while (this.#draining) await this.#draining
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
      if (pause) await pause()
      else if (this.#begin()) await this.#batch()
      else await sleep(1 + Math.random() * 2)
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
    const { writer, holdReaders, sync, batchTime } = this.#options
    const batch: Job[] = []
    const answers: (() => void)[] = []
    const endings: Sql[] = []
    let release = () => {}
    try {
      const before = stateOf(writer)
      const begin = performance.now()
      do {
        const job = this.#waiting.shift()!
        batch.push(job)
        answers.push(await inSavepoint(writer, job, endings))
      } while (this.#waiting.length > 0 && batch.length < this.#fitting && performance.now() < begin + batchTime)
      for (const ending of endings) writer.run(ending)
      const changed = stateOf(writer) !== before
      if (changed) release = holdReaders()
      writer.exec('commit')
      this.#learn(batch.length, performance.now() - begin)
      if (changed) await this.#synced(sync)
    } catch (error) {
      if (isFailedSync(error)) this.stop(error as Error)
      this.#rollBack()
      if (!this.#fatal) release()
      for (const job of batch) job.reject(asAnswer(error))
      return
    }
    release()
    for (const answer of answers) answer()
    const rest = this.#options.rest()
    await (rest > 0 ? sleep(rest) : new Promise(setImmediate))
  }

  /** Half as many after a batch that took too long; after a full one twice as many if it took less than half the time, else some more. */
  #learn(jobs: number, milliseconds: number): void {
    const { batchTime } = this.#options
    if (milliseconds > batchTime) this.#fitting = Math.max(1, Math.floor(jobs / 2))
    else if (jobs === this.#fitting)
      this.#fitting = Math.min(mostJobs, jobs + (milliseconds < batchTime / 2 ? jobs : Math.ceil(jobs / 8)))
  }

  #rollBack(): void {
    try {
      if (this.#options.writer.isTransaction) this.#options.writer.exec('rollback')
    } catch (error) {
      this.stop(error as Error)
    }
  }

  async #synced(sync: () => Promise<void>): Promise<void> {
    const begin = performance.now()
    await sync().catch((error: Error) => this.stop(error))
    this.#syncs += 1
    this.#syncMilliseconds += performance.now() - begin
    // also when the checkpoint worker's sync failed in the meantime
    if (this.#fatal) throw unavailable(this.#fatal)
  }
}

/** Runs one job; resolves to its answer, to be given after the sync. Throws when the whole transaction is gone. */
const inSavepoint = async (writer: SqliteConnection, job: Job, endings: Sql[]): Promise<() => void> => {
  const own: Sql[] = []
  const { tx, end } = openTx(writer, own)
  writer.exec('savepoint job')
  try {
    const value = await onlyDatabaseVerbs(job.work(tx))
    writer.exec('release job')
    // after the last savepoint: FTS5 writes a segment each time one is released
    endings.push(...own)
    return () => job.resolve(value)
  } catch (error) {
    // after a full disk SQLite has rolled back by itself, and ROLLBACK would hide the cause
    if (!writer.isTransaction) throw error
    writer.exec('rollback to job; release job')
    return () => job.reject(asAnswer(error))
  } finally {
    end()
  }
}

const openTx = (writer: SqliteConnection, endings: Sql[]): { tx: Tx; end(): void } => {
  let open = true
  const still = () => {
    if (!open) throw new Error('this transaction has ended: its function must await every verb that it calls')
    return writer
  }
  const tx: Tx = {
    engine: 'sqlite',
    one: async (query) => still().one(query),
    many: async (query) => still().many(query),
    run: async (query) => still().run(query),
    atCommit: (query) => {
      still()
      endings.push(query)
    },
  }
  return { tx, end: () => void (open = false) }
}

/** SQLite's verbs settle in microtasks, so whatever lasts until the next macrotask awaited something else. */
const onlyDatabaseVerbs = async <T>(work: Promise<T>): Promise<T> => {
  let immediate: NodeJS.Immediate | undefined
  const tooLong = new Promise<never>((_, reject) => {
    immediate = setImmediate(() =>
      reject(
        new Error('a transaction awaited something other than the verbs of its tx, which would hold up every writer'),
      ),
    )
  })
  try {
    return await Promise.race([work, tooLong])
  } finally {
    clearImmediate(immediate)
  }
}

/** Differs after a batch that wrote rows or changed the schema. */
const stateOf = (writer: SqliteConnection): string => {
  const state = writer.one<{ rows: number; schema: number }>(
    sql`select total_changes() as rows, schema_version as schema from pragma_schema_version`,
  )!
  return `${state.rows} ${state.schema}`
}

const unavailable = (cause: unknown) => new ApiError('storage_unavailable', {}, cause)

const asAnswer = (error: unknown): unknown => (isBusy(error) || isStorageFailure(error) ? unavailable(error) : error)
