import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { startServer } from '../process.ts'

interface Options {
  dataDir: string
  /** A folder beside the database's. */
  beside: string
  under?: string[]
}

/** The server as it is, with a look at its event loop. */
export const startMeasuredServer = async (t: TestContext, { dataDir, beside, under = [] }: Options) => {
  const file = join(beside, 'loop-delay.json')
  const preload = pathToFileURL(join(import.meta.dirname, 'loop-delay.ts')).href
  const env = { DATA_DIR: dataDir, NODE_OPTIONS: `--import=${preload}`, LOOP_DELAY: file }
  const server = await startServer(t, env, under)
  /** How late the event loop was since the last call, milliseconds. */
  const loopDelay = async (): Promise<{ p99: number; most: number }> => {
    rmSync(file, { force: true })
    server.child.kill('SIGUSR2')
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(10)
    return JSON.parse(readFileSync(file, 'utf8'))
  }
  return { ...server, loopDelay }
}
