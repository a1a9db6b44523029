import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { letArrivedGoOn } from '../arrived.ts'
import { together } from './together.ts'

/** What is looked up is found in upper case, but for "nobody". */
const setUp = () => {
  const asked: string[][] = []
  const find = together(async (wanted) => {
    asked.push(wanted)
    if (wanted.includes('broken')) throw new Error('away')
    return new Map(wanted.filter((key) => key !== 'nobody').map((key) => [key, key.toUpperCase()]))
  })
  return { asked, find }
}

test('who asks in one turn of the loop is looked up by one statement, each name once', async () => {
  const { asked, find } = setUp()
  const found = await Promise.all(['ada', 'ben', 'ada', 'nobody'].map((key) => find(key)))
  assert.deepEqual(found, ['ADA', 'BEN', 'ADA', undefined])
  assert.deepEqual(asked, [['ada', 'ben', 'nobody']])
})

test('who asks when a statement is on its way is looked up by the next one', async () => {
  const { asked, find } = setUp()
  const first = find('ada')
  await nextTurn()
  await Promise.all([first, find('ada')])
  assert.deepEqual(asked, [['ada'], ['ada']])
})

test('who asks goes before what waits since the turn before, where that lets them', async () => {
  const { find } = setUp()
  const order: string[] = []
  setImmediate(letArrivedGoOn)
  setImmediate(() => order.push('what waited'))
  await find('ada').then(() => order.push('who asked'))
  await nextTurn()
  assert.deepEqual(order, ['who asked', 'what waited'])
})

test('a statement looks up at most sixteen', async () => {
  const { asked, find } = setUp()
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
  assert.deepEqual(
    await Promise.all(keys.map((key) => find(key))),
    keys.map((key) => key.toUpperCase()),
  )
  assert.deepEqual(
    asked.map(({ length }) => length),
    [16, 16, 8],
  )
})

test('a failure is told to all of them, and to nobody who comes later', async () => {
  const { find } = setUp()
  const both = await Promise.allSettled([find('broken'), find('ada')])
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(await find('ada'), 'ADA')
})
