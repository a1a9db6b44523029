import type { FastifyInstance } from 'fastify'

/** On every answer. The reference page has a Content-Security-Policy of its own. */
export const fixedHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

interface Guard {
  /** Origins whose pages may call the API. */
  corsOrigins: string[]
  /** Whether what a proxy says of https may be believed. */
  isBehindProxy: boolean
  publicUrl: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** From now on the server is not ready, and every answer ends its connection. */
    drain(): void
    isDraining(): boolean
  }
}

/** The request id, what browsers must and must not do with an answer, and the end of the connection while draining. */
export const addHeaders = (app: FastifyInstance, { corsOrigins, isBehindProxy, publicUrl }: Guard): void => {
  let isDraining = false
  const isPublicSecure = publicUrl.startsWith('https:')
  app.decorate('drain', () => void (isDraining = true))
  app.decorate('isDraining', () => isDraining)
  app.addHook('preClose', async () => app.drain())
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(fixedHeaders).header('x-request-id', request.id)
    if (isPublicSecure || (isBehindProxy && request.protocol === 'https'))
      reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
    if (isDraining) reply.header('connection', 'close')
    done()
  })
  if (corsOrigins.length > 0) allowOrigins(app, new Set(corsOrigins))
}

/** Preflights are answered without a key: they cannot carry one. */
const allowOrigins = (app: FastifyInstance, origins: Set<string>): void => {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !origins.has(origin)) return done()
    void reply.header('access-control-allow-origin', origin)
    if (request.method !== 'OPTIONS') {
      void reply.header('access-control-expose-headers', exposed)
      return done()
    }
    void reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      .header(
        'access-control-allow-headers',
        'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Traceparent, X-Request-Id',
      )
      .header('access-control-max-age', '7200')
      .send()
  })
}

const exposed = [
  'Allow',
  'Content-Disposition',
  'ETag',
  'Idempotent-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
].join(', ')
