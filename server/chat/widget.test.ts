import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startApp } from '../../test/app.ts'
import { build } from '../../test/built.ts'
import { readWidget } from './widget.ts'

test.before(build)

test('the script is one file of at most 15 KB gzipped, without anything that a strict policy forbids', async (t) => {
  const { plain, gzipped } = await readWidget()
  t.diagnostic(`${plain.length} bytes, ${gzipped.length} gzipped`)
  assert.ok(gzipped.length <= 15 * 1024)
  const text = plain.toString()
  assert.doesNotMatch(text, /\beval\(|new Function|innerHTML|insertAdjacentHTML|\.style\.|style=|import\(/)
})

test('it is served from memory, with a strong tag of its content, to any page', async (t) => {
  const { app } = await startApp(t)
  const get = (headers = {}) => app.inject({ url: '/embeds/v1/support-widget.js', headers })
  const [plain, gzipped] = [await get(), await get({ 'accept-encoding': 'br, gzip' })]
  assert.deepEqual(gunzipSync(gzipped.rawPayload), plain.rawPayload)
  const { etag, ...headers } = plain.headers
  assert.match(String(etag), /^"[\w-]{22}"$/)
  assert.notEqual(gzipped.headers.etag, etag)
  assert.deepEqual(
    ['content-type', 'cache-control', 'vary', 'access-control-allow-origin', 'cross-origin-resource-policy'].map(
      (name) => headers[name],
    ),
    [
      'text/javascript; charset=utf-8',
      'public, max-age=300, stale-while-revalidate=86400',
      'Accept-Encoding',
      '*',
      'cross-origin',
    ],
  )
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { statusCode, body } = await get({ 'if-none-match': known })
    assert.deepEqual([statusCode, body], [304, ''])
  }
  assert.equal((await get({ 'if-none-match': '"other"' })).statusCode, 200)
})
