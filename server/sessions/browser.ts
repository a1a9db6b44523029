import type { FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { setCookie, tokensOf } from './cookie.ts'
import type { SignedIn } from './schema.ts'
import type { Browser, Opened } from './sign-in.ts'

export const browserOf = (request: FastifyRequest): Browser => ({
  userAgent: (request.headers['user-agent'] ?? '').slice(0, limits.userAgentCharacters),
  earlier: tokensOf(request),
})

/** The token goes into the cookie, and nowhere else. */
export const enter = (
  reply: Pick<FastifyReply, 'header' | 'request'>,
  { token, ...signedIn }: Opened,
  publicUrl: string,
): SignedIn => {
  setCookie(reply, token, publicUrl)
  return signedIn
}
