import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Asked {
  method: 'GET' | 'POST'
  url: string
  key: string
  acceptEncoding?: string
  /** `[<id>]` in it is another text in each request. */
  body?: object | undefined
}

const autocannon = fileURLToPath(import.meta.resolve('autocannon'))
export const connections = 32

/** Asks as often as it is answered, over 32 connections unless said, from a process of its own. Throws when one answer is no success. */
export const press = async (
  asked: Asked,
  seconds: number,
  over = connections,
): Promise<{ answers: number; perSecond: number }> => {
  const { answers, refused, errors, duration } = await run(asked, ['--connections', over, '--duration', seconds])
  if (refused > 0 || errors > 0 || answers === 0)
    throw new Error(`${asked.method} ${asked.url}: ${answers} answers, ${refused} refusals, ${errors} errors`)
  return { answers, perSecond: answers / duration }
}

/** Asks so often a second, whatever is answered. */
export const pressAt = (asked: Asked, { seconds, perSecond }: { seconds: number; perSecond: number }) =>
  run(asked, ['--connections', connections, '--duration', seconds, '--overallRate', perSecond])

const run = async ({ method, url, key, body, acceptEncoding }: Asked, how: (string | number)[]) => {
  const words = ['--json', '--method', method, ...how]
  words.push('--headers', `Authorization=Bearer ${key}`)
  if (acceptEncoding) words.push('--headers', `Accept-Encoding=${acceptEncoding}`)
  if (body) words.push('--headers', 'Content-Type=application/json', '--idReplacement', '--body', JSON.stringify(body))
  const { stdout } = await promisify(execFile)(process.execPath, [autocannon, ...words.map(String), url])
  const { '2xx': answers, non2xx: refused, errors, duration } = JSON.parse(stdout)
  return { answers, refused, errors, duration } as Record<'answers' | 'refused' | 'errors' | 'duration', number>
}
