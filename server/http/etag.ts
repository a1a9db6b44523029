import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answers have an ETag. */
    hasVersion?: true
  }
}

/**
 * An `onSend` hook for a route that reads one thing: a weak ETag of the body and, to a client that has this body already
 * (If-None-Match), 304 without it.
 */
export const weakEtag = (
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
  done: (error: null, body: unknown) => void,
): void => {
  if (reply.statusCode !== 200 || typeof body !== 'string') return done(null, body)
  const tag = `W/"${hash('sha1', body, 'base64url')}"`
  void reply.header('etag', tag)
  const known = request.headers['if-none-match']
  if (known === undefined || !known.split(',').some((one) => one.trim() === '*' || weak(one) === tag))
    return done(null, body)
  void reply.code(304).removeHeader('content-type').removeHeader('content-length')
  done(null, null)
}

/** Compared weakly (RFC 9110, 13.1.2): a proxy may have made it strong. */
const weak = (tag: string): string => {
  const text = tag.trim()
  return text.startsWith('W/') ? text : `W/${text}`
}
