import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { RateLimit } from './rate-limit.ts'

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

test('a bucket fills up again at its rate, never beyond a minute of requests, and pays back what others took', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  let now = 1000
  t.mock.method(performance, 'now', () => now)
  const rates = new RateLimit(60)
  for (let i = 0; i < 60; i++) assert.ok(rates.take('key_a').isAllowed)
  assert.equal(rates.take('key_a').isAllowed, false)
  now += 1000
  assert.deepEqual([rates.take('key_a').isAllowed, rates.take('key_a').isAllowed], [true, false])
  now += 3_600_000
  assert.equal(rates.filled('key_a').tokens, 60)
  rates.takeForOthers('key_a', 500)
  assert.equal(rates.filled('key_a').tokens, -60)
  now += 61_000
  assert.deepEqual([rates.take('key_a').isAllowed, rates.take('key_a').isAllowed], [true, false])
})
