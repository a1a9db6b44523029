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
  const rate = new Rate(60, 2)
  for (let i = 0; i < 60; i++) assert.equal(rate.take('a'), 0)
  assert.equal(rate.take('a'), 1)
  now += 1000
  assert.deepEqual([rate.take('a'), rate.take('a')], [0, 1])
  rate.take('b')
  rate.take('c')
  assert.equal(rate.take('a'), 0)
})
