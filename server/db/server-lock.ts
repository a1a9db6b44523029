import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { Refusal } from '../config.ts'
import { isBusy } from './sqlite-connection.ts'

/** Milliseconds: longer than a command's look takes. */
const lockPatience = 250

const lockFile = (dataDir: string) => join(dataDir, 'server.lock')

/** Whether a server runs on the folder, seen by trying to read what it has locked. */
export const isServed = (dataDir: string): boolean => {
  if (!existsSync(lockFile(dataDir))) return false
  const lock = new DatabaseSync(lockFile(dataDir), { timeout: 0 })
  try {
    lock.prepare('select count(*) from sqlite_schema').get()
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    lock.close()
  }
}

/**
 * One server per folder: an exclusive transaction on a small database of its own.
 * The kernel frees it however the process ends. Throws a Refusal when another server has it.
 */
export const holdServerLock = (dataDir: string): { release(): void } => {
  const lock = new DatabaseSync(lockFile(dataDir), { timeout: lockPatience })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new Refusal(
      `Another support-inbox server is already running on ${dataDir}. Stop it, or set DATA_DIR to another folder.`,
    )
  }
  return { release: () => lock.close() }
}
