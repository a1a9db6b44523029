import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { Refusal } from '../config.ts'
import { isBusy } from './sqlite-connection.ts'

/**
 * One server per folder: an exclusive transaction on a small database of its own.
 * The kernel frees it however the process ends. Throws a Refusal when another server has it.
 */
export const holdServerLock = (dataDir: string): { release(): void } => {
  const lock = new DatabaseSync(join(dataDir, 'server.lock'), { timeout: 0 })
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
