import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from './at-rate.ts'
import { quantile } from './load.ts'

// What everybody else waits for while something is done to a server. They ask from a process of their own: in the test's
// own they would wait for its thousand connections as well.

interface Others {
  url: string
  key: string
  /** Milliseconds between an answer and the next request. */
  pause: number
}

/** Starts them; what it resolves to measures, in milliseconds, the 99th percentile for as long as `during` takes. */
export const startOthers = async (t: TestContext, { url, key, pause }: Others) => {
  const child = fork(import.meta.filename, [url, key, String(pause)])
  t.after(() => child.kill('SIGKILL'))
  const take = async (): Promise<number[]> => {
    child.send('take')
    return (await once(child, 'message'))[0]
  }
  // the first requests of a server take longer than any others
  await sleep(50 * (pause + 10))
  return async (during: () => Promise<unknown>) => {
    await take()
    await during()
    return quantile(await take(), 0.99)
  }
}

const askOn = async (url: string, key: string, pause: number) => {
  const { ask } = createClient(1)
  const took: number[] = []
  process.on('message', () => process.send!(took.splice(0)))
  process.on('disconnect', () => process.exit())
  for (;;) {
    const begin = performance.now()
    const { status } = await ask(url, { key })
    if (status !== 200) throw new Error(`${status} for ${url}`)
    took.push(performance.now() - begin)
    await sleep(pause)
  }
}

const [url, key, pause] = process.argv.slice(2)
if (import.meta.main) await askOn(url!, key!, Number(pause))
