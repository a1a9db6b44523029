import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../config.ts'
import { Apart } from './apart.ts'
import { Checkpointer } from './checkpointer.ts'
import type { Db } from './db.ts'
import { makeWithParents } from './folder.ts'
import { Readers } from './readers.ts'
import { Scrubber } from './scrubber.ts'
import { holdServerLock, isServed } from './server-lock.ts'
import { sql, verbatim } from './sql.ts'
import { compact } from './sqlite-compact.ts'
import { isFailedSync, SqliteConnection } from './sqlite-connection.ts'
import { openWalFile, type WalFile } from './wal-file.ts'
import { isAlmostFull, tryWriteIn } from './try-write.ts'
import { type Pace, type Syncs, WriteQueue } from './write-queue.ts'

export const databaseName = 'support-inbox.db'

/** 16 MB. */
const restartAbovePages = 4096

/** Older ones can lose commits when two connections write and checkpoint at once (fixed in 3.51.3). */
const oldestSqlite = '3.51.3'

/** Where a sync takes twice as long, a batch goes on; while others wait for one, a short silence does not end it. */
const paceOfServer = ({ lastSync, isSyncing }: Syncs): Pace => {
  const longest = Math.min(lastSync / 2, 25)
  const silence = isSyncing ? Math.floor(longest / 8) : 0
  return { slice: 5, longest, silence, mostJobs: 256, rest: 0, isAlone: false }
}

/** Short, with room for a server that wants the write lock. */
const paceBesideServer: Pace = { slice: 3, longest: 0, silence: 0, mostJobs: 256, rest: 9, isAlone: false }

/** One commit does for many mails; the loop is free now and then, so that what takes them apart has something to do. */
const paceAlone: Pace = { slice: 10, longest: 400, silence: 3, mostJobs: 512, rest: 0, isAlone: true }

interface Options {
  dataDir: string
  /** A server owns the folder; a command may write beside it. */
  role: 'server' | 'command'
  onFatal(error: Error): void
  /** For tests: a sync that is slow or fails. */
  openWal?: (file: string) => WalFile
  /** For tests: how many pages of 4 KiB the WAL may have before it is started anew. */
  restartAbove?: number
}

/** Opens the embedded database of a folder, as docs/write-path.md says. Throws a Refusal that says what to do. */
export const openSqlite = (options: Options): Db => {
  const { dataDir, role, onFatal, openWal = openWalFile, restartAbove = restartAbovePages } = options
  assertSqliteVersion(process.versions['sqlite'])
  makeFolder(dataDir)
  const file = join(dataDir, databaseName)
  return refusing(dataDir, () =>
    role === 'server'
      ? openForServer({ dataDir, file, onFatal, openWal, restartAbove })
      : openForCommand({ dataDir, file, onFatal }),
  )
}

interface Place {
  dataDir: string
  file: string
  onFatal(error: Error): void
}

type ServerPlace = Place & Required<Pick<Options, 'openWal' | 'restartAbove'>>

const openForServer = ({ dataDir, file, onFatal, openWal, restartAbove }: ServerPlace): Db => {
  const lock = holdServerLock(dataDir)
  // an old search index is dropped piece by piece: its own tables are written to
  const writer = new SqliteConnection(file, { synchronous: 'normal', defensive: false })
  const readers = new Readers(file)
  const wal = openWal(file)
  const queue = new WriteQueue({
    writer,
    holdReaders: () => readers.hold(),
    sync: () => wal.sync(),
    onFatal,
    pace: paceOfServer,
  })
  const apart = new Apart(file)
  const checkpointer = new Checkpointer(file, { queue, apart, restartAbove })
  const scrubber = new Scrubber(file, { queue, apart })
  return {
    ...verbs(readers, { queue, dataDir }),
    manyApart: async (query, whose) => {
      if (!queue.failure) {
        const rows = await apart.many<never>(query, whose)
        // it saw what is committed; only what is on the disk may be told
        await queue.settled()
        if (!queue.failure) return rows
      }
      return readers.many(query)
    },
    forget: () => scrubber.scrub(),
    close: async () => {
      await scrubber.close()
      await queue.drained()
      await checkpointer.close()
      await apart.close()
      readers.close()
      // the last connection to close moves the WAL into the database, with SQLite's own syncs
      writer.close()
      wal.close()
      lock.release()
    },
  }
}

const openForCommand = ({ dataDir, file, onFatal }: Place): Db => {
  const writer = new SqliteConnection(file, { synchronous: 'full', defensive: false })
  const reader = new SqliteConnection(file, { synchronous: 'full', readOnly: true })
  const isBeside = besideServer(dataDir)
  const checkpointNowAndThen = async () => {
    try {
      const { log, checkpointed } = writer.one<{ log: number; checkpointed: number }>(
        verbatim('pragma wal_checkpoint(noop)'),
      )!
      if (log - checkpointed > restartAbovePages) writer.exec('pragma wal_checkpoint(passive)')
    } catch (error) {
      // a full disk keeps the log as it is; only a failed sync puts in doubt what was committed
      if (isFailedSync(error)) throw error
    }
  }
  const queue = new WriteQueue({
    writer,
    holdReaders: () => () => {},
    sync: checkpointNowAndThen,
    onFatal,
    pace: () => (isBeside() ? paceBesideServer : paceAlone),
  })
  return {
    ...verbs(reader, { queue, dataDir }),
    manyApart: async (query) => reader.many(query),
    forget: async () => {
      // a command may wait: nothing else runs in its process
      writer.exec('pragma busy_timeout = 10000')
      compact(writer)
      const result = writer.one<{ busy: number }>(verbatim('pragma wal_checkpoint(truncate)'))
      writer.exec('pragma busy_timeout = 0')
      if (result?.busy !== 0)
        throw new Refusal(
          'Another program is reading the database, a backup perhaps, and keeps its log from being emptied. Try again when it has ended.',
        )
    },
    close: async () => {
      await queue.drained()
      reader.close()
      writer.close()
    },
  }
}

/** Whether a server has the database at this time, looked at twice a second. */
const besideServer = (dataDir: string): (() => boolean) => {
  let isBeside = isServed(dataDir)
  let looked = performance.now()
  return () => {
    if (performance.now() - looked > 500) {
      isBeside = isServed(dataDir)
      looked = performance.now()
    }
    return isBeside
  }
}

const verbs = (
  reader: Pick<SqliteConnection, 'one' | 'many'>,
  { queue, dataDir }: { queue: WriteQueue; dataDir: string },
): Omit<Db, 'close' | 'forget' | 'manyApart'> => ({
  engine: 'sqlite',
  one: async (query) => reader.one(query),
  many: async (query) => reader.many(query),
  run: (query) => queue.add((tx) => tx.run(query)),
  transaction: (fn) => queue.add(fn),
  ready: async () => {
    if (queue.failure) throw queue.failure
    reader.one(sql`select 1 as one`)
    if (await isAlmostFull(dataDir)) await tryWriteIn(dataDir)
  },
  tryWrite: () => tryWriteIn(dataDir),
  // looked at by its name: no descriptor of ours is opened
  figures: async () => ({
    log: { ...queue.figures, walBytes: (await stat(join(dataDir, `${databaseName}-wal`))).size },
  }),
})

/** Throws a Refusal below the version that is safe. */
export const assertSqliteVersion = (found = '0'): void => {
  const number = (version: string) => version.split('.').reduce((n, part) => n * 1000 + Number(part), 0)
  if (number(found) < number(oldestSqlite))
    throw new Refusal(
      `This Node.js has SQLite ${found}; ${oldestSqlite} or newer is needed, because older ones can lose data. Install a newer Node.js 24.`,
    )
}

const makeFolder = (dataDir: string): void => {
  try {
    makeWithParents(dataDir)
  } catch (error) {
    throw new Refusal(
      `The folder ${dataDir} cannot be made: ${(error as Error).message}. Set DATA_DIR to a folder that this user may write.`,
    )
  }
}

const refusing = <T>(dataDir: string, open: () => T): T => {
  try {
    return open()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(
      `The database in ${dataDir} cannot be opened for writing: ${(error as Error).message}. Check the folder's owner and free space, or set DATA_DIR to another one.`,
    )
  }
}
