import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import type { App } from './schema.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer has one thing with a version, which is its ETag. */
    hasVersion?: true
  }
  interface FastifyReply {
    /** Of the thing in the answer. */
    version: number
  }
}

interface Versioned {
  version: number
}

/**
 * An answer's ETag has two parts: the version of what people edit, which If-Match compares, and a hash of the body, which
 * If-None-Match compares as well.
 */
const tagOf = (version: number, body: string): string => `W/"${version}.${hash('sha1', body, 'base64url')}"`

/** Somebody else has changed it since the client read it. */
export class VersionConflict extends ApiError {
  /** As the route answers it. */
  readonly current: Record<string, unknown>

  constructor(current: Record<string, unknown>) {
    super('version_conflict')
    this.current = current
  }

  /** What the body of the refusal says besides, cut by the schema of the route. Sets the ETag. */
  answerWith(reply: FastifyReply): { current: unknown } {
    const text = reply.getSerializationFunction('200')!(this.current)
    void reply.header('etag', tagOf(versionIn(this.current) ?? 0, text))
    return { current: JSON.parse(text) }
  }
}

/** Throws `version_conflict` (412) where the client has another version than this, which is then in the answer. */
export const assertMatch = (
  ifMatch: string | undefined,
  { version }: Versioned,
  current: () => Record<string, unknown>,
): void => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const versions = ifMatch.split(',').map((tag) => /^(?:W\/)?"(\d+)(?:\.[\w-]*)?"$/.exec(tag.trim())?.[1])
  if (!versions.includes(String(version))) throw new VersionConflict(current())
}

const versionIn = (answer: unknown): number | undefined =>
  Object.values(answer as object).find((each: Versioned | null) => typeof each?.version === 'number')?.version

/** Gives the answers of routes with a version an ETag, and 304 to a client that has the answer already. */
export const tagVersions = (app: App): void => {
  app.decorateReply('version', 0)
  app.addHook('onRoute', (route) => {
    if (!route.config?.hasVersion) return
    route.preSerialization = (_request, reply, answer, done) => {
      reply.version = versionIn(answer) ?? 0
      done(null, answer)
    }
    route.onSend = [route.onSend ?? [], tag as never].flat()
  })
}

const tag = (
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
  done: (error: null, body: unknown) => void,
): void => {
  if (reply.statusCode !== 200 || typeof body !== 'string') return done(null, body)
  const own = tagOf(reply.version, body)
  void reply.header('etag', own)
  const known = headers['if-none-match']
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead || known === undefined || !known.split(',').some((one) => one.trim() === '*' || weak(one) === own))
    return done(null, body)
  void reply.code(304).removeHeader('content-type').removeHeader('content-length')
  done(null, null)
}

/** Compared weakly (RFC 9110, 13.1.2): a proxy may have made it strong. */
const weak = (text: string): string => {
  const trimmed = text.trim()
  return trimmed.startsWith('W/') ? trimmed : `W/${trimmed}`
}
