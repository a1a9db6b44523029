import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
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

const ask = async (url: string, key: string, pause: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const took: number[] = []
  process.on('message', () => process.send!(took.splice(0)))
  process.on('disconnect', () => process.exit())
  for (;;) {
    const begin = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    get(url, { agent, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      if (answer.statusCode === 200) answer.resume().on('end', resolve).on('error', reject)
      else reject(new Error(`${answer.statusCode} for ${url}`))
    }).on('error', reject)
    await promise
    took.push(performance.now() - begin)
    await sleep(pause)
  }
}

const [url, key, pause] = process.argv.slice(2)
if (import.meta.main) await ask(url!, key!, Number(pause))
