import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { deleteProgress, setProgress } from './progress.ts'
import type { Report } from './report.ts'

const interval = 2000

/** Tells the servers how far an import is, every two seconds. What cannot be told is not missed. */
export const tellServers = (db: Db, workspaceId: string, id = newId('imp')) => {
  let told = -Infinity
  let telling: Promise<unknown> = Promise.resolve()
  return {
    tell: ({ read, stored, duplicates, failed }: Report): void => {
      if (performance.now() - told < interval) return
      told = performance.now()
      telling = setProgress(db, workspaceId, { id, read, stored, duplicates, failed }).catch(() => {})
    },
    end: async (): Promise<void> => {
      await telling
      await deleteProgress(db, workspaceId, id).catch(() => {})
    },
  }
}
