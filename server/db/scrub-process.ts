import { fdatasyncSync, openSync } from 'node:fs'
import { setPriority } from 'node:os'
import { FreeSpace } from './free-space.ts'
import { IndexBoundaries } from './index-boundaries.ts'
import { verbatim } from './sql.ts'
import { isBusy, isFailedSync, SqliteConnection } from './sqlite-connection.ts'

/**
 * `look` goes on searching for leftovers without a lock. `clean` removes what was found, `empty` empties the WAL: nobody
 * else may read or write meanwhile.
 */
export type ScrubStep = 'look' | 'clean' | 'empty'

/** `isClean`: nothing that was found is left. `isDone`: nothing is left to look at. */
export interface ScrubResult {
  isBusy?: boolean
  isClean: boolean
  isDone: boolean
  error?: string
  failedSync?: boolean
}

/** How long the write lock is kept for, and how long others on a small machine wait for this process, milliseconds. */
const cleaning = 5
const looking = 10

const [file = ''] = process.argv.slice(2)
setPriority(10)
const connection = new SqliteConnection(file, { synchronous: 'normal', defensive: false })
connection.exec('pragma busy_timeout = 5; pragma cache_size = -4000')
// this process has its own locks; it never closes this descriptor before its connection
const descriptor = openSync(file, 'r+')
let writes = 0

const boundaries = new IndexBoundaries(connection)
/** Made when the file has all that was committed before, boundaries included. */
let pages: FreeSpace | undefined

const look = (): ScrubResult => {
  const until = performance.now() + looking
  if (pages) pages.look(until)
  else boundaries.look(until)
  // so that there is little to move while others wait
  if (!isClean()) connection.one(verbatim('pragma wal_checkpoint(passive)'))
  return result()
}

const isClean = (): boolean => (pages ? pages.found === 0 : boundaries.found === 0 && !boundaries.isDone)

const result = (): ScrubResult => ({ isClean: isClean(), isDone: pages?.isDone ?? false })

/** With the WAL moved into the file and the write lock taken, the file has the newest version of each page, and nobody writes to it. */
const clean = (): ScrubResult => {
  const version = connection.pragma('data_version')
  if (!checkpoint('restart')) return busy()
  connection.exec('begin immediate')
  if (connection.pragma('data_version') !== version) {
    connection.exec('rollback')
    return busy()
  }
  const until = performance.now() + cleaning
  if (pages) pages.clean(until)
  else if (boundaries.found > 0) boundaries.clean(until)
  else pages = new FreeSpace(descriptor, pageSize())
  touch()
  connection.exec('commit')
  return result()
}

const pageSize = (): number => Number(connection.pragma('page_size'))

const empty = (): ScrubResult => {
  if (!checkpoint('truncate')) return busy()
  touch()
  return result()
}

/** A tiny commit: every connection drops its copies of pages, and the header of the WAL that begins anew is synced here. */
const touch = () => connection.exec(`pragma user_version = ${(writes += 1) % 1000}`)

const busy = (): ScrubResult => ({ ...result(), isBusy: true })

const checkpoint = (mode: 'restart' | 'truncate'): boolean =>
  connection.one<{ busy: number }>(verbatim(`pragma wal_checkpoint(${mode})`))?.busy === 0

const steps: Record<ScrubStep, () => ScrubResult> = { look, clean, empty }

const run = (step: ScrubStep): ScrubResult => {
  try {
    return steps[step]()
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback')
    if (isBusy(error)) return busy()
    return { ...result(), error: String(error), failedSync: isFailedSync(error) }
  }
}

process.on('message', (step: ScrubStep) => {
  process.send!(run(step))
  // not while others wait, nor at the next checkpoint
  if (step === 'clean') fdatasyncSync(descriptor)
})
