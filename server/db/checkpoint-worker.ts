import { parentPort, workerData } from 'node:worker_threads'
import { verbatim } from './sql.ts'
import { isBusy, isFailedSync, SqliteConnection } from './sqlite-connection.ts'

export type CheckpointMode = 'passive' | 'restart'

/** `frames` is the length of the WAL in pages; `failedSync` names a sync that failed. */
export interface CheckpointResult {
  done: boolean
  frames: number
  error?: string
  failedSync?: boolean
}

// it moves pages, and reads none
const connection = new SqliteConnection(workerData as string, { synchronous: 'normal', cache: 200 })
connection.exec('pragma busy_timeout = 5')
let writes = 0

const checkpoint = (mode: CheckpointMode): CheckpointResult => {
  try {
    const row = connection.one<{ busy: number; log: number }>(verbatim(`pragma wal_checkpoint(${mode})`))
    const done = row?.busy === 0
    // the first write into a restarted WAL syncs its header: here, not on the main thread
    if (done && mode !== 'passive') connection.run(verbatim(`pragma user_version = ${(writes += 1) % 1000}`))
    return { done, frames: row?.log ?? 0 }
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback')
    if (isBusy(error)) return { done: false, frames: 0 }
    return { done: false, frames: 0, error: String(error), failedSync: isFailedSync(error) }
  }
}

parentPort!.on('message', (mode: CheckpointMode | 'close') => {
  if (mode === 'close') {
    connection.close()
    parentPort!.close()
  } else parentPort!.postMessage(checkpoint(mode))
})
