import { ApiError, type ErrorCode } from '../errors.ts'
import type { Db } from './db.ts'

const ofDisk: readonly ErrorCode[] = ['storage_unavailable', 'database_unavailable']
export const refusalCodes: readonly ErrorCode[] = [...ofDisk, 'database_busy']

/**
 * Counts the writes that were refused. After one that the disk or the database refused, `ready` rejects until it has written
 * something itself: a transaction that succeeds may have written nothing.
 */
export const countRefusals = (db: Db): Db => {
  const counts: Partial<Record<ErrorCode, number>> = {}
  let refusal: ApiError | undefined
  const count = (error: unknown) => {
    if (!(error instanceof ApiError) || !refusalCodes.includes(error.code)) return
    counts[error.code] = (counts[error.code] ?? 0) + 1
    if (ofDisk.includes(error.code)) refusal = error
  }
  const counted = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write
    } catch (error) {
      count(error)
      throw error
    }
  }
  return {
    ...db,
    run: (query) => counted(db.run(query)),
    transaction: (fn) => counted(db.transaction(fn)),
    ready: async () => {
      await db.ready()
      const before = refusal
      if (!before) return
      await db.tryWrite()
      // one that was refused meanwhile counts
      if (refusal === before) refusal = undefined
    },
    figures: async () => ({ ...(await db.figures()), refusedWrites: counts }),
  }
}
