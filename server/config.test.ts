import assert from 'node:assert/strict'
import test from 'node:test'
import { readConfig, Refusal, settings } from './config.ts'

test('a setting that makes no sense is refused by its name, with what it must be', () => {
  const refused: [env: Record<string, string>, sentence: RegExp][] = [
    [{ RATE_LIMIT: '0' }, /^RATE_LIMIT is 0: it must be a whole number from 1 on\.$/],
    [{ RATE_LIMIT: 'never' }, /^RATE_LIMIT is never/],
    [{ DRAIN_SECONDS: '6' }, /^DRAIN_SECONDS is 6: it must be a whole number from 0 to 5\.$/],
    [{ METRICS_PORT: '70000' }, /^METRICS_PORT is 70000: it must be a whole number from 0 to 65535\.$/],
    [{ TRUST_PROXY: '10.0.0.1, true' }, /^TRUST_PROXY has true: it must be a list of addresses and networks/],
    [{ TRUST_PROXY: '10.0.0.0/33' }, /^TRUST_PROXY has 10\.0\.0\.0\/33/],
    [{ TRUST_PROXY: '*' }, /^TRUST_PROXY has \*/],
    [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS has \*: it must be a list of origins such as https:\/\/app\.example\.com/],
    [{ CORS_ORIGINS: 'https://app.example.com/' }, /^CORS_ORIGINS has https:\/\/app\.example\.com\//],
    [{ CORS_ORIGINS: 'app.example.com' }, /^CORS_ORIGINS has app\.example\.com/],
    [{ CORS_ORIGINS: 'null' }, /^CORS_ORIGINS has null/],
  ]
  for (const [env, sentence] of refused)
    assert.throws(
      () => readConfig(env),
      (error: unknown) => error instanceof Refusal && sentence.test(error.message),
      JSON.stringify(env),
    )
})

test('lists are read with or without spaces, and there are fewer than twenty-five settings', () => {
  const config = readConfig({
    TRUST_PROXY: '10.0.0.1,192.168.0.0/16, ::1, 2001:db8::/32',
    CORS_ORIGINS: ' https://app.example.com , http://localhost:5173 ',
    RATE_LIMIT: 'off',
    AUTHSERV_IDS: 'MX.example.com',
    MIN_FREE_SPACE: '3',
  })
  assert.deepEqual(config.trustProxy, ['10.0.0.1', '192.168.0.0/16', '::1', '2001:db8::/32'])
  assert.deepEqual(config.corsOrigins, ['https://app.example.com', 'http://localhost:5173'])
  assert.equal(config.rateLimit, undefined)
  assert.deepEqual([config.authservIds, config.minFreeSpace], [['mx.example.com'], 3 * 1024 ** 2])
  assert.ok(Object.keys(settings).length < 25)
})
