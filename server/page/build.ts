import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isBuilt } from './sources.ts'

const program = join(import.meta.dirname, 'build-process.ts')

let underWay: Promise<void> | undefined

/** Whether requests for the page have to wait a few seconds. */
export const isBeingBuilt = (): boolean => underWay !== undefined

/** Builds the page where it is missing or older than its sources. Without it the API is served all the same. */
export const buildPage = (tell: (line: string) => void): Promise<void> =>
  (underWay ??= buildIfNeeded(tell).finally(() => (underWay = undefined)))

const buildIfNeeded = async (tell: (line: string) => void): Promise<void> => {
  if (await isBuilt()) return
  const begin = performance.now()
  tell('Building the inbox page, which takes a few seconds once…')
  try {
    // it takes memory and a processor, and neither from the server
    await promisify(execFile)(process.execPath, [program], { env: { ...process.env, NODE_ENV: 'production' } })
    tell(`The inbox page is built (${((performance.now() - begin) / 1000).toFixed(1)} s).`)
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    tell(`The inbox page could not be built; the API is served without it.\n${stderr || message}`)
  }
}
