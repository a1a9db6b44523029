import assert from 'node:assert/strict'
import test from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startApp } from '../../test/app.ts'
import { build } from '../../test/built.ts'

const start = async (t: test.TestContext) => {
  await build()
  const { app } = await startApp(t)
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
  const index = await get('/')
  const [script] = /\/assets\/[^"]+\.js/.exec(index.body)!
  return { get, index, script }
}

test('every screen has the same page, by a strict policy, and is asked for anew each time', async (t) => {
  const { get, index } = await start(t)
  for (const screen of ['/', '/sign-in', '/invitation/x', '/inbox/open/thd_1', '/contacts/ctc_1', '/settings/keys']) {
    const { statusCode, body, headers } = await get(screen)
    assert.deepEqual([statusCode, body], [200, index.body], screen)
    assert.equal(headers['cache-control'], 'no-cache')
    assert.equal(headers['x-frame-options'], 'DENY')
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
    assert.match(policy, /frame-ancestors 'none'/)
    // the frames of mails inherit it: their cleaned styles are attributes
    assert.doesNotMatch(policy.replace(" style-src-attr 'unsafe-inline';", ''), /unsafe|\*|data:/)
  }
  assert.doesNotMatch(index.body, /<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/)
  assert.equal((await get('/', { 'if-none-match': String(index.headers.etag) })).statusCode, 304)
})

test('what is not a screen stays an error of the API', async (t) => {
  const { get } = await start(t)
  for (const path of [
    '/nothing',
    '/assets/nothing.js',
    '/assets/../package.json',
    '/assets/%2e%2e/index.html',
    '/index.html',
  ])
    assert.deepEqual([(await get(path)).statusCode, (await get(path)).json().code], [404, 'route_not_found'], path)
})

test('files are kept by browsers for good, and come as small as the browser takes them', async (t) => {
  const { get, script } = await start(t)
  const plain = await get(script)
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8')
  const encoded = async (accepted: string) => {
    const { headers, rawPayload } = await get(script, { 'accept-encoding': accepted })
    assert.equal(headers.vary, 'Accept-Encoding')
    return [headers['content-encoding'], rawPayload] as const
  }
  const [br, small] = await encoded('gzip, deflate, br, zstd')
  assert.deepEqual([br, brotliDecompressSync(small)], ['br', plain.rawPayload])
  const [gzip, larger] = await encoded('gzip, br;q=0')
  assert.deepEqual([gzip, gunzipSync(larger)], ['gzip', plain.rawPayload])
  assert.deepEqual((await encoded('identity'))[0], undefined)
})

test("the first screen's scripts are at most 180 KB, gzipped", async (t) => {
  const { get, index } = await start(t)
  let bytes = 0
  for (const [path] of index.body.matchAll(/\/assets\/[^"]+\.js/g))
    bytes += (await get(path, { 'accept-encoding': 'gzip' })).rawPayload.length
  t.diagnostic(`${Math.round(bytes / 1000)} KB`)
  assert.ok(bytes <= 180_000)
})
