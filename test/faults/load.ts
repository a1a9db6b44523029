import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

interface Post {
  key: string
  body: object
  headers?: Record<string, string>
}

/** A client with keep-alive connections; rejects with the error of the connection. */
export const createClient = (connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const ask = (url: string, post?: Post): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const headers = post
        ? { authorization: `Bearer ${post.key}`, 'content-type': 'application/json', ...post.headers }
        : {}
      const asked = request(url, { agent, method: post ? 'POST' : 'GET', headers }, (answer) => {
        let text = ''
        answer
          .setEncoding('utf8')
          .on('data', (part) => (text += part))
          .on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }))
          .on('error', reject)
      })
      asked.on('error', reject).end(post ? JSON.stringify(post.body) : undefined)
    })
  return { ask, close: () => agent.destroy() }
}

/** Calls `send` so often a second until `isDone`, whether or not the calls before have come back; resolves when all have. */
export const atRate = async (perSecond: number, isDone: () => boolean, send: (n: number) => Promise<void>) => {
  const begin = performance.now()
  const sent: Promise<void>[] = []
  while (!isDone()) {
    const due = ((performance.now() - begin) / 1000) * perSecond
    while (sent.length < due && !isDone()) sent.push(send(sent.length))
    await sleep(2)
  }
  await Promise.all(sent)
  return sent.length / ((performance.now() - begin) / 1000)
}
