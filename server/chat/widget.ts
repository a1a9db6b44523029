import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { PluginBuild } from 'esbuild'
import { Type } from 'typebox'
import type { App } from '../http/schema.ts'

const source = join(import.meta.dirname, '../../widget/main.ts')
/** Baseline of the script: all four have constructable style sheets. */
const target = ['chrome99', 'edge99', 'firefox101', 'safari16.4']
/** Seconds for which a browser does not ask again, and then asks while it goes on with what it has. */
const fresh = 300
const stale = 86_400

interface Script {
  plain: Buffer
  gzipped: Buffer
  /** Of the content. */
  hash: string
}

/** One file for the sites' pages, made out of widget/ in memory: nothing is written, nothing has to be built first. */
export const buildWidget = async (): Promise<Script> => {
  // loaded when it is first needed
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    target,
    plugins: [{ name: 'style sheets as texts', setup: styleSheetsAsTexts }],
  })
  // the bundler's process is not needed any more
  await stop()
  const plain = Buffer.from(outputFiles[0]!.contents)
  return { plain, gzipped: await promisify(gzip)(plain, { level: 9 }), hash: hashOf(plain) }
}

const styleSheetsAsTexts = ({ onLoad, esbuild: { transform } }: PluginBuild): void =>
  onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target })
    return { contents: code.trim(), loader: 'text' }
  })

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url').slice(0, 22)

let built: Promise<Script> | undefined

/** Built when the process is first asked for it, then served from memory. */
const script = (): Promise<Script> =>
  (built ??= buildWidget().catch((error: unknown) => {
    built = undefined
    throw error
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
