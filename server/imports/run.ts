import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../http/log.ts'
import { importsIn, isStale, pathOfImport, removeFile } from './files.ts'
import { beginImport, findUnfinished, finishImport, holdImport, pauseImport, type Unfinished } from './queries.ts'
import { notNowCode } from './storing.ts'

const program = join(import.meta.dirname, 'import-process.ts')

/** Milliseconds, all of them. */
const interval = 500
const hold = 5000
const renewal = 1000
const wait = 30_000
/** How often it is noted that somebody has the files of those that wait. */
const presence = 60_000

/** An import that ends by itself so often will never come to its end. */
const mostStops = 5

interface Parts {
  db: Db
  log: Log
  dataDir: string
  databaseUrl: string
}

/**
 * Imports the files that were sent to this server, one after another, each in a process of its own. What a stopped server
 * had begun is begun anew: what is stored already is not stored again.
 */
export const runImports = ({ db, log, dataDir, databaseUrl }: Parts): { close(): Promise<void> } => {
  const closing = new AbortController()

  const next = async (): Promise<Unfinished | undefined> => {
    for (const id of await importsIn(dataDir)) {
      const found = await findUnfinished(db, id)
      if (!found) await removeIfOver(id)
      else if (found.status === 'REVIEW') await giveUpReview(found)
      else if (!found.isHeld) {
        const begun = await beginImport(db, found, hold)
        if (begun) return begun
      }
    }
    return undefined
  }

  const notePresence = async (): Promise<void> => {
    for (const id of await importsIn(dataDir)) {
      const found = await findUnfinished(db, id)
      if (found && !found.isHeld) await holdImport(db, found, 0)
    }
  }

  const giveUpReview = async (found: Unfinished): Promise<void> => {
    if (Date.parse(found.createdAt) > currentTime() - limits.importReview) return
    const reason = 'Nobody confirmed its columns within a day. Send the file again.'
    if ((await finishImport(db, found, reason)) > 0) await removeFile(pathOfImport(dataDir, found.id))
  }

  /** It is done, or whoever sent it has gone before it was noted. */
  const removeIfOver = async (id: string): Promise<void> => {
    const path = pathOfImport(dataDir, id)
    if (await isStale(path)) await removeFile(path)
  }

  const runOne = async (held: Unfinished): Promise<void> => {
    const child = fork(program, {
      env: { ...process.env, DATA_DIR: dataDir, DATABASE_URL: databaseUrl },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    child.stderr!.on('data', (text) => (said = (said + String(text)).slice(-2000)))
    const stop = () => child.kill()
    closing.signal.addEventListener('abort', stop)
    const timer = setInterval(() => void holdImport(db, held, hold).catch(() => {}), renewal)
    try {
      child.send(held)
      const [code] = (await once(child, 'close')) as [number | null]
      await end(held, code, said.trim())
    } finally {
      clearInterval(timer)
      closing.signal.removeEventListener('abort', stop)
    }
  }

  const end = async (held: Unfinished, code: number | null, said: string): Promise<void> => {
    const { id, stops } = held
    if (code === 0) return removeFile(pathOfImport(dataDir, id))
    if (closing.signal.aborted) return void (await pauseImport(db, held, { wait: 0, reason: null, stops }))
    log('error', { importId: id, error: said, code })
    if (code === notNowCode) return void (await pauseImport(db, held, { wait, reason: said, stops }))
    if (stops + 1 < mostStops) return void (await pauseImport(db, held, { wait, reason: null, stops: stops + 1 }))
    await finishImport(db, held, `It stopped ${mostStops} times before its end; the log of the server says why.`)
    await removeFile(pathOfImport(dataDir, id))
  }

  const loop = async () => {
    while (!closing.signal.aborted) {
      // while the database is away there is nothing to do: what was begun is begun again when its hold has ended
      const held = await next().catch(() => undefined)
      if (held) await runOne(held).catch((error: unknown) => log('error', { importId: held.id, error: String(error) }))
      else await sleep(interval, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const noting = setInterval(() => void notePresence().catch(() => {}), presence)
  const running = loop()
  return {
    close: async () => {
      clearInterval(noting)
      closing.abort()
      await running
    },
  }
}
