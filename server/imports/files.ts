import { createHash } from 'node:crypto'
import { open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import { makeWithParents } from '../db/folder.ts'
import { ApiError, fail } from '../errors.ts'

const folderOf = (dataDir: string): string => join(dataDir, 'imports')

/** Where the file of an import is until it is done. */
export const pathOfImport = (dataDir: string, id: string): string => join(folderOf(dataDir), id)

/** The imports whose files are here, oldest first. */
export const importsIn = async (dataDir: string): Promise<string[]> =>
  (await readdir(folderOf(dataDir)).catch(() => [])).toSorted((a, b) => (a < b ? -1 : 1))

export const removeFile = (path: string): Promise<void> => rm(path, { force: true })

/** Milliseconds without another byte, after which nobody is sending a file any more. */
const silence = 10 * 60_000

/** Whether nobody can be sending it any more. */
export const isStale = async (path: string): Promise<boolean> =>
  currentTime() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? currentTime()) > silence

let arriving = 0

/** Writes a body to a file; when it resolves, it is on disk for good. What is refused leaves nothing behind. */
export const keepBody = async (
  body: Readable,
  path: string,
  declared: number,
): Promise<{ size: number; hash: string }> => {
  if (declared > limits.importBytes) fail('body_too_large', { limit: limits.importBytes })
  if (arriving >= limits.importsArriving) fail('uploads_busy')
  arriving += 1
  try {
    makeWithParents(dirname(path))
    await assertRoom(dirname(path), declared)
    const written = await write(body, path)
    await syncFolder(dirname(path))
    return written
  } catch (error) {
    await removeFile(path)
    throw asRefusal(error)
  } finally {
    arriving -= 1
  }
}

/** What is stored of it needs as much again. */
const assertRoom = async (folder: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < 2 * bytes) fail('no_room')
}

const write = async (body: Readable, path: string) => {
  const deadline = performance.now() + limits.importTimeout
  const hash = createHash('sha256')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    // its end must not take the connection along that the refusal is sent on
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limits.importBytes) fail('body_too_large', { limit: limits.importBytes })
      if (performance.now() > deadline) fail('request_timeout')
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { size, hash: hash.digest('hex') }
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

const asRefusal = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  const { code = '' } = error as NodeJS.ErrnoException
  if (['ENOSPC', 'EDQUOT'].includes(code)) return new ApiError('no_room', {}, error)
  if (code === 'ECONNRESET')
    return new ApiError('invalid_request', { sentence: 'The file did not arrive whole.' }, error)
  return new ApiError('storage_unavailable', {}, error)
}
