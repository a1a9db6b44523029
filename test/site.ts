import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { build } from './built.ts'

interface Page {
  /** Of the script element, as data-…. */
  data?: Record<string, string>
  /** Content-Security-Policy. */
  policy?: string
  lang?: string
  body?: string
  head?: string
}

/** A site of somebody who has put the chat on a page; `page` says what the next request gets. */
export const startSite = async (t: Pick<TestContext, 'after'>, inbox: string) => {
  await build()
  let page: Page = {}
  const server = createServer((_request, response) => {
    const { data = {}, policy, lang = 'en', body = '<h1>Shop</h1><p><a href="#">A link</a></p>', head = '' } = page
    const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${value}"`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (policy !== undefined) response.setHeader('content-security-policy', policy)
    response.end(`<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}
<script async src="${inbox}/embeds/v1/support-widget.js"${attributes.join('')}></script></head>
<body><main>${body}</main></body></html>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next: Page) => void (page = next),
  }
}
