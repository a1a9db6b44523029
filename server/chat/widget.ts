import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import { widget } from '../built.ts'
import { ApiError } from '../errors.ts'
import type { App } from '../http/schema.ts'

/** Seconds for which a browser does not ask again, and then asks while it goes on with what it has. */
const fresh = 300
const stale = 86_400

interface Script {
  plain: Buffer
  gzipped: Buffer
  /** Of the content. */
  hash: string
}

/** The one file for the sites' pages, as it was built from widget/. */
export const readWidget = async (): Promise<Script> => {
  const [plain, gzipped] = await Promise.all([readFile(widget), readFile(`${widget}.gz`)])
  return { plain, gzipped, hash: createHash('sha256').update(plain).digest('base64url').slice(0, 22) }
}

let loaded: Promise<Script> | undefined

/** Read when the process is first asked for it, then served from memory. */
const script = (): Promise<Script> =>
  (loaded ??= readWidget().catch((error: unknown) => {
    loaded = undefined
    throw new ApiError('script_not_built', {}, error)
  }))

export const serveWidget = (app: App): void => {
  app.get(
    '/support-widget.js',
    {
      schema: {
        operationId: 'getWidget',
        summary: 'The script that a page includes',
        description: 'For the script element of a page. It is built in memory when it is first asked for.',
        tags: ['Chat'],
        security: [],
        response: {
          200: {
            description: 'For browsers.',
            content: { 'text/javascript': { schema: Type.Unsafe<Buffer>(Type.String()) } },
          },
          304: Type.Null({ description: 'The browser has it.' }),
        },
      },
    },
    async ({ headers }, reply) => {
      const { plain, gzipped, hash } = await script()
      const isGzip = /\bgzip\b(?!;q=0)/.test(headers['accept-encoding'] ?? '')
      const etag = `"${hash}${isGzip ? '-gz' : ''}"`
      void reply
        .header('etag', etag)
        .header('cache-control', `public, max-age=${fresh}, stale-while-revalidate=${stale}`)
        .header('vary', 'Accept-Encoding')
        .header('access-control-allow-origin', '*')
        .header('cross-origin-resource-policy', 'cross-origin')
        .header('x-content-type-options', 'nosniff')
      if (knows(headers['if-none-match'], etag)) return reply.code(304).send(null)
      if (isGzip) void reply.header('content-encoding', 'gzip')
      return reply.type('text/javascript; charset=utf-8').send(isGzip ? gzipped : plain)
    },
  )
}

/** A proxy that compresses may have made the tag a weak one. */
const knows = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
