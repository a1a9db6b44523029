import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Asked {
  method: 'GET' | 'POST'
  url: string
  key: string
  /** `[<id>]` in it is another text in each request. */
  body?: object | undefined
}

const autocannon = fileURLToPath(import.meta.resolve('autocannon'))
const connections = 32

/** Asks as often as it is answered, over 32 connections, from a process of its own. Throws when one answer is no success. */
export const press = async (
  { method, url, key, body }: Asked,
  seconds: number,
): Promise<{ answers: number; perSecond: number }> => {
  const words = ['--json', '--connections', connections, '--duration', seconds, '--method', method]
  words.push('--headers', `Authorization=Bearer ${key}`)
  if (body) words.push('--headers', 'Content-Type=application/json', '--idReplacement', '--body', JSON.stringify(body))
  const { stdout } = await promisify(execFile)(process.execPath, [autocannon, ...words.map(String), url])
  const { '2xx': answers, non2xx, errors, duration } = JSON.parse(stdout)
  if (non2xx > 0 || errors > 0 || answers === 0)
    throw new Error(`${method} ${url}: ${answers} answers, ${non2xx} refusals, ${errors} errors`)
  return { answers, perSecond: answers / duration }
}
