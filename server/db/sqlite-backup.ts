import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '../config.ts'
import { databaseName } from './sqlite.ts'

/**
 * Copies the database as it is at one moment into a new file, which appears under its name only when it is
 * whole and on disk. Resolves to its bytes. `VACUUM INTO` rather than the backup API: that starts over
 * whenever another process has written.
 */
export const backUp = async (dataDir: string, file: string): Promise<number> => {
  const source = join(dataDir, databaseName)
  if (!existsSync(source))
    throw new Refusal(`There is no database in ${dataDir}. Set DATA_DIR to the folder that has it.`)
  const unfinished = `${file}.unfinished`
  rmSync(unfinished, { force: true })
  const database = new DatabaseSync(source, { timeout: 5000 })
  try {
    database.prepare('vacuum into ?').run(unfinished)
    sync(unfinished)
    renameSync(unfinished, file)
    sync(dirname(file))
    return statSync(file).size
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw new Refusal(`The backup could not be written: ${(error as Error).message}.`)
  } finally {
    database.close()
  }
}

const sync = (path: string): void => {
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}
