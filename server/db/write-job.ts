import { ApiError } from '../errors.ts'
import type { Tx } from './db.ts'
import { sql, type Sql } from './sql.ts'
import { isBusy, isStorageFailure, type SqliteConnection } from './sqlite-connection.ts'

export interface Job {
  work(tx: Tx): Promise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** What is run when all jobs of a slice are done; from the lowest order to the highest. */
export interface Ending {
  query: Sql
  order: number
}

/** Runs one job; resolves to its answer, to be given after the sync. Throws when the whole transaction is gone. */
export const inSavepoint = async (writer: SqliteConnection, job: Job, endings: Ending[]): Promise<() => void> => {
  const own: Ending[] = []
  const { tx, end } = openTx(writer, own)
  writer.run(sql`savepoint job`)
  try {
    const value = await onlyDatabaseVerbs(job.work(tx))
    writer.run(sql`release job`)
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

const openTx = (writer: SqliteConnection, endings: Ending[]): { tx: Tx; end(): void } => {
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
    atCommit: (query, order = 0) => {
      still()
      endings.push({ query, order })
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

export const unavailable = (cause: unknown) => new ApiError('storage_unavailable', {}, cause)

export const asAnswer = (error: unknown): unknown =>
  isBusy(error) || isStorageFailure(error) ? unavailable(error) : error
