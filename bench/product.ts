import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { startProgram } from './program.ts'
import packageOf from '../package.json' with { type: 'json' }
import type { Answer } from './yardsticks/bare.ts'

interface Serve {
  /** For its output. */
  temporary: string
  /** DATA_DIR or DATABASE_URL. */
  env: Record<string, string>
  under?: string[]
}

/** Nobody asks so often in a minute: every request is counted and none is refused. */
const RATE_LIMIT = '1000000000'

/** A workspace's part of a served API, and the process that serves it. */
export interface Served {
  inbox: Inbox
  pid: number
}

const [, ...started] = packageOf.scripts.start.split(' ')

/** The product as npm start serves it: its key checked, its limits and its log on. */
export const serve = ({ temporary, env, under = [] }: Serve) =>
  startProgram<{ address: string }>([...started, '--json'], {
    output: join(temporary, `product-${randomUUID()}.log`),
    env: { PORT: '0', DRAIN_SECONDS: '0', RATE_LIMIT, LOG_LEVEL: 'info', ...env },
    under,
  })

/** A workspace's part of a served API. */
export interface Inbox {
  url: string
  key: string
}

export const inboxAt = (address: string, { workspaceId, secret }: { workspaceId: string; secret: string }): Inbox => ({
  url: `${address}/v1/workspaces/${workspaceId}/support/inbox`,
  key: secret,
})

/** What Node.js writes by itself, or what is another thing in each answer's connection. */
const ofNode = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding'])

/** Asks once; `[<id>]` in the body is another text each time. Throws when the answer is not a success. */
export const ask = async ({ url, key }: Inbox, path: string, body?: object): Promise<Answer> => {
  const answer = await fetch(url + path, {
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { method: 'POST', body: JSON.stringify(body).replaceAll('[<id>]', randomUUID()) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !ofNode.has(name)))
  return { status: answer.status, headers, body: text }
}
