import { Readable } from 'node:stream'
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './schema.ts'
import { limits } from '../limits.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answers have a secret beside content: their compressed length would tell of it (BREACH). */
    holdsSecret?: true
  }
}

type Done = (error: Error | null, body?: unknown) => void
type Encoding = 'br' | 'gzip' | 'identity'

const asksFor = { br: /\bbr\b(?!;q=0(?![.0-9]*[1-9]))/, gzip: /\bgzip\b(?!;q=0(?![.0-9]*[1-9]))/ }

/** The smallest that the client takes. */
export const encodingFor = (acceptEncoding = ''): Encoding =>
  (['br', 'gzip'] as const).find((name) => asksFor[name].test(acceptEncoding)) ?? 'identity'

const params = { [constants.BROTLI_PARAM_QUALITY]: 4 }
const compressors = {
  br: (body: string | Buffer, done: Done) => brotliCompress(body, { params }, done),
  gzip: (body: string | Buffer, done: Done) => gzip(body, done),
}
const streams = { br: () => createBrotliCompress({ params }), gzip: () => createGzip() }

/** Compresses JSON for those who ask for it, on the threads of libuv. After all other hooks: an ETag is that of the plain text. */
export const compressAnswers = (app: App): void => {
  app.addHook('onRoute', (route) => {
    if (route.config?.isShownOnce || route.config?.holdsSecret) return
    route.onSend = [route.onSend ?? [], compress as never].flat()
  })
}

const compress = (request: FastifyRequest, reply: FastifyReply, body: unknown, done: Done): void => {
  const asked = request.headers['accept-encoding']
  // most programs do not ask, and wait for nothing
  if (asked === undefined || request.method === 'HEAD' || !isWorthIt(reply, body)) return done(null, body)
  const encoding = encodingFor(asked)
  if (encoding === 'identity') return done(null, body)
  void reply.header('content-encoding', encoding).removeHeader('content-length')
  void reply.header('vary', [reply.getHeader('vary') ?? [], 'Accept-Encoding'].flat().join(', '))
  if (!(body instanceof Readable)) return compressors[encoding](body as string | Buffer, done)
  const compressed = streams[encoding]()
  body.once('error', (error) => compressed.destroy(error))
  compressed.once('close', () => body.destroy())
  done(null, copies(body).pipe(compressed))
}

const isWorthIt = (reply: FastifyReply, body: unknown): boolean =>
  String(reply.getHeader('content-type')).startsWith('application/json') &&
  reply.getHeader('content-disposition') === undefined &&
  (body instanceof Readable || ((body as string | null)?.length ?? 0) > limits.plainBytes)

/** What is read of it is written over by what comes next (pieces.ts), and a compressor keeps what it has not done yet. */
const copies = (body: Readable): Readable =>
  Readable.from(
    (async function* () {
      for await (const piece of body as AsyncIterable<Buffer>) yield Buffer.from(piece)
    })(),
  )
