import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

interface Asked {
  key?: string
  /** Makes it a POST. */
  body?: object
  headers?: Record<string, string>
}

/** A client with keep-alive connections; rejects with the error of the connection. */
export const createClient = (connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const ask = (url: string, { key, body, headers }: Asked = {}): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const all = {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      }
      const asked = request(url, { agent, method: body ? 'POST' : 'GET', headers: all }, (answer) => {
        let text = ''
        answer
          .setEncoding('utf8')
          .on('data', (part) => (text += part))
          .on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }))
          .on('error', reject)
      })
      asked.on('error', reject).end(body && JSON.stringify(body))
    })
  return { ask, close: () => agent.destroy() }
}

/** Calls that may be on their way at once: a machine that is too slow is asked less often. */
const mostAtOnce = 100

/** Calls `send` so often a second until `isDone`; resolves, when all have come back, to how many a second there were. */
export const atRate = async (perSecond: number, isDone: () => boolean, send: (n: number) => Promise<void>) => {
  const begin = performance.now()
  const running = new Set<Promise<void>>()
  let sent = 0
  while (!isDone()) {
    const due = ((performance.now() - begin) / 1000) * perSecond
    while (sent < due && running.size < mostAtOnce) {
      const call = send(sent)
      running.add(call)
      void call.finally(() => running.delete(call))
      sent += 1
    }
    await sleep(2)
  }
  await Promise.all(running)
  return sent / ((performance.now() - begin) / 1000)
}
