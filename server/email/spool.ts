import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import { makeWithParents } from '../db/folder.ts'
import { FileRemover } from '../mime/without-files.ts'

/** A mail that has arrived whole: a small one in memory, a large one in a file. */
export interface Spooled {
  size: number
  /** Its beginning. */
  head: Buffer
  /** The mail, or the path of its file. */
  source: Buffer | string
  /** Runs with all of it in memory; of large ones, one after another. */
  whole<T>(work: (raw: Buffer) => Promise<T>): Promise<T>
  remove(): Promise<void>
}

export interface Spool {
  open(): Writing
}

interface Writing {
  /** Resolves to how many bytes it has now: of a mail that is too large not all. */
  write(chunk: Buffer): Promise<number>
  end(): Promise<Spooled>
  remove(): Promise<void>
}

/** Of the names of this process's files: whoever has its number after it has another. */
const life = randomBytes(8).toString('hex')

const headBytes = 16_384

/** Milliseconds after which a file is nobody's, whichever machine wrote it. */
const oldest = 3_600_000

/**
 * A folder for mails that are arriving over SMTP. Of one above `mailBytes` only what `FileRemover` keeps is there. What a
 * process that was killed left there is removed.
 */
export const openSpool = async (dataDir: string, mailBytes: number): Promise<Spool> => {
  const folder = join(dataDir, 'spool')
  await removeLeftovers(folder)
  let count = 0
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }

  return {
    open: () => {
      const newPath = () => join(folder, `${hostname()}.${process.pid}.${life}.${(count += 1)}`)
      let path = newPath()
      let remover: FileRemover | undefined
      let chunks: Buffer[] = []
      let head: Buffer | undefined
      let size = 0
      let file: FileHandle | undefined
      const remove = async () => {
        await file?.close().catch(() => {})
        if (file) await rm(path, { force: true })
      }
      const keep = async (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size <= limits.smtpBytesInMemory) return
        const bytes = Buffer.concat(chunks)
        chunks = []
        if (!file) {
          head = Buffer.from(bytes.subarray(0, headBytes))
          makeWithParents(folder)
          file = await open(path, 'wx', 0o600)
        }
        await file.writeFile(bytes)
      }
      /** What has arrived goes through it, too. */
      const beginRemoving = async (): Promise<void> => {
        const begun = new FileRemover(mailBytes)
        remover = begun
        const [earlier, arrived, old] = [file, chunks, path]
        file = undefined
        chunks = []
        size = 0
        if (!earlier) for (const chunk of arrived) await keep(begun.write(chunk))
        else
          try {
            await earlier.close()
            path = newPath()
            for await (const chunk of createReadStream(old)) await keep(begun.write(chunk as Buffer))
          } finally {
            await rm(old, { force: true })
          }
      }
      const write = async (chunk: Buffer): Promise<number> => {
        if (!remover && size + chunk.length > mailBytes) await beginRemoving()
        await keep(remover ? remover.write(chunk) : chunk)
        return size
      }
      const end = async (): Promise<Spooled> => {
        if (remover) await keep(remover.end())
        if (!file) {
          const raw = Buffer.concat(chunks)
          return { size, head: raw, source: raw, whole: (work) => work(raw), remove }
        }
        await file.close()
        return {
          size,
          head: head!,
          source: path,
          whole: (work) => inTurn(async () => work(await readFile(path))),
          remove,
        }
      }
      return { write, end, remove }
    },
  }
}

const removeLeftovers = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (await isLeftover(path, name)) await rm(path, { force: true })
  }
}

const isLeftover = async (path: string, name: string): Promise<boolean> => {
  const [, host, pid, its] = /^(.+)\.(\d+)\.([0-9a-f]+)\.\d+$/.exec(name) ?? []
  if (its === life) return false
  if (host === hostname() && (Number(pid) === process.pid || !isRunning(Number(pid)))) return true
  const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: currentTime() }
  return currentTime() - mtimeMs > oldest
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
