import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'

test('a key has its requests a minute, is told how many are left, and beyond them 429 with the time to wait', async (t) => {
  const { inbox } = await startApp(t, { env: { RATE_LIMIT: '10' } })
  const other = await inbox.as({ scope: 'api_user' })
  for (let left = 9; left >= 0; left--) {
    const { status, headers } = await inbox.get('/agents')
    assert.deepEqual([status, headers['ratelimit-policy']], [200, '"key";q=10;w=60'])
    const [, r, seconds] = /^"key";r=(\d+);t=(\d+)$/.exec(String(headers['ratelimit'])) ?? []
    assert.equal(Number(r), left)
    assert.ok(Number(seconds) <= 60 && Number(seconds) >= 60 - 6 * (left + 1))
  }
  const { status, headers, body } = await inbox.get('/agents')
  assert.deepEqual([status, body.code, body.error], [429, 'rate_limited', 'Too Many Requests'])
  const wait = Number(headers['retry-after'])
  assert.ok(wait >= 1 && wait <= 6)
  assert.match(String(headers['ratelimit']), /^"key";r=0;t=\d+$/)
  assert.equal(
    body.message,
    `This key or session may ask 10 requests a minute and has asked more. Try again in ${wait} seconds.`,
  )
  // refusals cost as well: a program that asks for nonsense is slowed down like any other
  assert.equal((await other.get('/contacts/ctc_none')).headers['ratelimit'], '"key";r=9;t=6')
})

test('off is off: no limit and no fields', async (t) => {
  const { inbox } = await startApp(t, { env: { RATE_LIMIT: 'off' } })
  const { headers } = await inbox.get('/agents')
  assert.deepEqual([headers['ratelimit'], headers['ratelimit-policy']], [undefined, undefined])
})
