import type { FastifyReply, FastifyRequest } from 'fastify'
import { hashOfToken, tokenCharacters } from '../agents/invitations.ts'
import { limits } from '../limits.ts'
import type { SignedIn } from './schema.ts'

/** Browsers take a `__Host-` cookie only over https and from this very host: no other host of the domain can set it. */
const secureName = '__Host-session'
/** For plain http, and for sessions that are older than the secure name. */
const plainName = 'session'

const token = new RegExp(`^[0-9A-Za-z]{${tokenCharacters}}$`)

/** Every session token that the browser sends. Another host of the domain may have set some of those with the plain name. */
export const tokensOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string[] => {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
  return [secureName, plainName]
    .flatMap((name) => cookies.filter((cookie) => cookie.startsWith(`${name}=`)))
    .map((cookie) => cookie.slice(cookie.indexOf('=') + 1))
    .filter((value) => token.test(value))
    .slice(0, limits.sessionCookies)
}

/** Who is signed in: by the first of the tokens that belongs to a session. */
export const signedInBy = async (
  request: Pick<FastifyRequest, 'headers'>,
  find: (hash: string) => Promise<SignedIn | undefined>,
): Promise<SignedIn | undefined> => {
  const found = await Promise.all(tokensOf(request).map((value) => find(hashOfToken(value))))
  return found.find((one) => one !== undefined)
}

type Reply = Pick<FastifyReply, 'header' | 'request'>

/** No script can read it, no other site's page can send it along with a change. */
export const setCookie = (reply: Reply, value: string, publicUrl: string): void => write(reply, value, publicUrl)

export const clearCookie = (reply: Reply, publicUrl: string): void => write(reply, '', publicUrl)

/** An empty value deletes. Over https the one with the plain name is deleted, whatever happens to the other. */
const write = (reply: Reply, value: string, publicUrl: string): void => {
  const isSecure = reply.request.protocol === 'https' || publicUrl.startsWith('https:')
  const cookie = (name: string, text: string) =>
    `${name}=${text}; Path=/; Max-Age=${text === '' ? 0 : limits.sessionLifetime / 1000}; HttpOnly; SameSite=Lax` +
    (isSecure ? '; Secure' : '')
  const cookies = isSecure ? [cookie(secureName, value), cookie(plainName, '')] : [cookie(plainName, value)]
  void reply.header('set-cookie', cookies)
}
