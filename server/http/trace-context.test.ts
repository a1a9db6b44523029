import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { traceParentOf } from './trace-context.ts'

test("a caller's request id is adopted where it is short and printable", async (t) => {
  const { ask } = await startApp(t)
  const idOf = async (given: string) => {
    const { headers, body } = await ask('GET', '/nothing', { headers: { 'x-request-id': given } })
    assert.equal(body.requestId, headers['x-request-id'])
    return body.requestId
  }
  for (const id of [
    'a',
    'b1946ac9-2d8e-4c5f-9b1e-5a5f0d3c8d11',
    'Root=1-67891233;Parent=53995c3f',
    '"\\<>',
    'x'.repeat(64),
  ])
    assert.equal(await idOf(id), id)
  for (const id of ['', 'x'.repeat(65), 'ä', 'a\tb', '\u007f']) assert.match(await idOf(id), /^req_\w{20}$/)
})

test('a traceparent is adopted where it is valid', () => {
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  const parsed = (traceparent: string) => traceParentOf({ traceparent })
  assert.deepEqual(parsed(`00-${trace}-${span}-01`), { traceId: trace, spanId: span, flags: 1 })
  assert.deepEqual(parsed(`cc-${trace}-${span}-00-what-comes-later`)?.traceId, trace)
  for (const invalid of [
    '',
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
    'x'.repeat(16_000),
  ])
    assert.equal(parsed(invalid), undefined, invalid.slice(0, 80))
  assert.equal(traceParentOf({}), undefined)
})
