import type { FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../config.ts'

const name = 'session'

export const tokenOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /(?:^|;\s*)session=([0-9A-Za-z]+)\s*(?:;|$)/.exec(headers.cookie ?? '')?.[1]

type Reply = Pick<FastifyReply, 'header' | 'request'>

/** No script can read it, no other site's page can send it along with a change. */
export const setCookie = (reply: Reply, token: string, publicUrl: string): void =>
  write(reply, { value: token, seconds: limits.sessionLifetime / 1000, publicUrl })

export const clearCookie = (reply: Reply, publicUrl: string): void => write(reply, { value: '', seconds: 0, publicUrl })

const write = (reply: Reply, { value, seconds, publicUrl }: { value: string; seconds: number; publicUrl: string }) => {
  const isSecure = reply.request.protocol === 'https' || publicUrl.startsWith('https:')
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  void reply.header('set-cookie', `${name}=${value}; ${attributes}`)
}
