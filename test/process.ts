import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export const launcher = join(import.meta.dirname, '../bin/support-inbox.mjs')

interface Run {
  env?: Record<string, string>
  /** The program to start instead of this Node.js. */
  node?: string
}

const environment = ({ env = {} }: Run) => ({
  ...process.env,
  NODE_OPTIONS: '',
  LOG_LEVEL: 'silent',
  PORT: '0',
  DRAIN_SECONDS: '0',
  RATE_LIMIT: 'off',
  ...env,
})

const collect = (child: ChildProcess) => {
  const texts = { stdout: '', stderr: '' }
  child.stdout!.on('data', (data) => (texts.stdout += String(data)))
  child.stderr!.on('data', (data) => (texts.stderr += String(data)))
  return texts
}

/** Runs one command of the command line to its end. */
export const command = async (words: string[], run: Run = {}) => {
  const child = spawn(run.node ?? process.execPath, [launcher, ...words], { env: environment(run) })
  const texts = collect(child)
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...texts, json: () => JSON.parse(texts.stdout) }
}

/** Where requests go, and with which key. */
export interface Target {
  address: string
  key: string
  workspaceId: string
}

export type Ask = ReturnType<typeof clientOf>

/** Asks a server over HTTP; `took` is in milliseconds. */
export const clientOf = ({ address, key, workspaceId }: Target) => {
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const headers = { authorization: `Bearer ${key}` }
  return async (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: unknown) => {
    const begin = performance.now()
    const answer = await fetch(inbox + path, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
      took: performance.now() - begin,
    }
  }
}

/** What `serve --json` prints when it is ready. */
interface Greeting {
  address: string
  metrics: string | null
  smtpPort: number | null
  data: string
  workspaceId: string
  /** Both null but at a first start. */
  key: string | null
  signInUrl: string | null
}

/**
 * A server in a process of its own, ready when this resolves. `under` are the words of a program that starts it, and
 * `product` those of another installation than this checkout.
 */
export const startServer = async (
  t: TestContext,
  env: Record<string, string>,
  under: string[] = [],
  product = [process.execPath, launcher],
) => {
  const [program, ...words] = [...under, ...product, 'serve', '--json']
  const child = spawn(program, words, { env: environment({ env }) })
  t.after(() => child.kill('SIGKILL'))
  const texts = collect(child)
  const greetingLine = () => /^\{"address".*(?=\n)/m.exec(texts.stdout)?.[0]
  while (greetingLine() === undefined) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${texts.stderr}`)
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  }
  const greeting: Greeting = JSON.parse(greetingLine()!)
  await new Promise(setImmediate)
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    return child.exitCode
  }
  return { ...greeting, child, texts, stop, smtpPort: greeting.smtpPort ?? NaN, key: greeting.key ?? '' }
}
