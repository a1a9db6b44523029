import { randomUUID } from 'node:crypto'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a few writes need. */
const needed = Buffer.alloc(256 * 1024)

/** Whether a disk may have too little for the next write. */
export const isAlmostFull = async (folder: string): Promise<boolean> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < 16 * needed.length
}

/**
 * Rejects with the reason when a file cannot be written to the disk of the folder. The database itself would not tell: on a
 * full disk its log may have room for one small write and not for the next one.
 */
export const tryWriteIn = async (folder: string): Promise<void> => {
  const path = join(folder, `write-test-${randomUUID()}`)
  try {
    await writeFile(path, needed, { flag: 'wx', flush: true })
  } finally {
    await rm(path, { force: true })
  }
}
