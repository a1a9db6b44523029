import assert from 'node:assert/strict'
import test from 'node:test'
import { networkOf } from './network.ts'
import { Rate } from './rates.ts'

test('an IPv6 address is counted with its neighbours of the same /64, an IPv4 address alone', () => {
  for (const [address, network] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ] as const)
    assert.equal(networkOf(address), network)
})

test('a rate fills up again steadily, and remembers the newest of those whom it counts', (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const rate = new Rate({ most: 60, keysMost: 2 })
  for (let i = 0; i < 60; i++) assert.equal(rate.wait('a'), 0)
  assert.equal(rate.wait('a'), 1)
  now += 1000
  assert.deepEqual([rate.wait('a'), rate.wait('a')], [0, 1])
  rate.wait('b')
  rate.wait('c')
  assert.equal(rate.wait('a'), 0)
})

test('a bucket fills up again at its rate, never beyond a minute of requests, and pays back what others took', async (t) => {
  let now = 1000
  t.mock.method(performance, 'now', () => now)
  const rates = new Rate({ most: 60 })
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
