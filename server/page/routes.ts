import type { FastifyReply, FastifyRequest } from 'fastify'
import { fail } from '../errors.ts'
import { encodingFor } from '../http/compress.ts'
import type { App } from '../http/schema.ts'
import { pageFiles, type PageFile } from './files.ts'

/** The addresses of the page's screens: the browser gets the same file for each. */
const screens = [
  '/',
  '/sign-in',
  '/invitation/:token',
  '/inbox',
  '/inbox/*',
  '/contacts',
  '/contacts/*',
  '/settings',
  '/settings/*',
]

/**
 * Scripts and style sheets of our own files only, and the style attributes of mails, which are shown in frames that have this
 * policy, too; the one place that makes HTML out of text is the one for mails, and the frame
 * that shows them has a stricter policy of its own. Images from elsewhere are those of mails, for which an agent has to
 * ask, and the portraits of contacts.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' https: http:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types mail',
].join('; ')

export const pageRoutes = (app: App): void => {
  for (const screen of screens)
    app.get(screen, { schema: { hide: true } }, async (request, reply) => {
      void reply.header('content-security-policy', policy).header('cache-control', 'no-cache')
      const index = (await pageFiles())?.get('/index.html')
      return index ? sendFile(request, reply, index) : sendNothing(reply)
    })

  app.get('/assets/*', { schema: { hide: true } }, async (request, reply) => {
    const path = request.url.split('?')[0]!
    const file = (await pageFiles())?.get(path) ?? fail('route_not_found', { method: 'GET', path })
    // the name has the content's hash
    void reply.header('cache-control', 'public, max-age=31536000, immutable')
    return sendFile(request, reply, file)
  })
}

const sendFile = ({ headers }: FastifyRequest, reply: FastifyReply, { type, etag, bytes }: PageFile) => {
  const encoding = encodingFor(headers['accept-encoding'])
  const tag = `"${etag}-${encoding}"`
  void reply.header('etag', tag).header('vary', 'Accept-Encoding')
  if (headers['if-none-match'] === tag) return reply.code(304).send(null)
  if (encoding !== 'identity') void reply.header('content-encoding', encoding)
  return reply.type(type).send(bytes[encoding])
}

const sendNothing = (reply: FastifyReply) =>
  reply
    .code(503)
    .type('text/html; charset=utf-8')
    .send(
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Inbox</title><p>The inbox page is not built: standard error of the server says what to run. The API is served at /v1, its reference at /docs.</p></html>',
    )
