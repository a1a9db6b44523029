import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isOutdated } from '../server/built.ts'

let underWay: Promise<void> | undefined

/** Builds what browsers load, where it is missing or older than its sources. */
export const build = (): Promise<void> => (underWay ??= buildIfNeeded())

const buildIfNeeded = async (): Promise<void> => {
  if (await isOutdated())
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../scripts/build.mjs')])
}
