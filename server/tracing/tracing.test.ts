import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { freshFolder } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { command, startServer } from '../../test/process.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${spanId}-01`

/** What a collector of traces is sent (OTLP over HTTP). */
const startCollector = async (t: test.TestContext) => {
  const received: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { received, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('requests are exported as spans of the trace of the caller', async (t) => {
  const { received, address } = await startCollector(t)
  const { url, drop } = await freshDatabase()
  const server = await startServer(t, {
    DATA_DIR: await freshFolder(t, drop),
    DATABASE_URL: url,
    LOG_LEVEL: 'info',
    OTEL_EXPORTER_OTLP_ENDPOINT: address,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
    OTEL_SERVICE_NAME: 'our-inbox',
  })
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', traceparent }
  const inbox = `${server.address}/v1/workspaces/${server.workspaceId}/support/inbox`
  const body = JSON.stringify({ email: 'secret@example.com' })
  assert.equal((await fetch(`${inbox}/contacts`, { method: 'POST', headers, body })).status, 201)
  assert.equal((await fetch(`${server.address}/healthz`)).status, 200)
  assert.equal(await server.stop('SIGTERM'), 0)

  const lines = server.texts.stdout
    .split('\n')
    .flatMap((line) => (line.includes('"requestId"') ? JSON.parse(line) : []))
  const [created, health] = lines
  assert.equal(created.traceId, traceId)
  assert.match(health.traceId, /^[\da-f]{32}$/)
  assert.deepEqual(new Set(received.map((one) => one.url)), new Set(['/v1/traces']))
  assert.equal(received[0]!.headers.authorization, 'Bearer collector')
  const spans = Buffer.concat(received.map((one) => one.body))
  const has = (bytes: string | Buffer) => spans.indexOf(bytes) !== -1
  for (const text of ['our-inbox', 'POST /v1/workspaces/:workspaceId/support/inbox/contacts', 'database write'])
    assert.ok(has(text), text)
  for (const id of [traceId, spanId, health.traceId as string]) assert.ok(has(Buffer.from(id, 'hex')), id)
  for (const secret of ['secret@example.com', server.key]) assert.ok(!has(secret))
})

test('a collector that is away holds up neither requests nor the end', async (t) => {
  const env = { DATA_DIR: await freshFolder(t), OTEL_TRACES_EXPORTER: 'otlp' }
  const server = await startServer(t, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  assert.equal((await fetch(`${server.address}/healthz`)).status, 200)
  assert.equal(await server.stop('SIGTERM'), 0)
  assert.equal(server.texts.stderr, '')
})

test('variables of OpenTelemetry that cannot be followed are refused by name', async (t) => {
  const DATA_DIR = await freshFolder(t)
  for (const [env, sentence] of [
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /^OTEL_TRACES_EXPORTER is zipkin/],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /^OTEL_EXPORTER_OTLP_PROTOCOL is grpc/],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'some' }, /^OTEL_TRACES_SAMPLER is some/],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER_ARG: '2' }, /^OTEL_TRACES_SAMPLER_ARG is 2/],
  ] as const) {
    const { code, stderr } = await command(['serve'], { env: { DATA_DIR, ...env } })
    assert.equal(code, 1)
    assert.match(stderr, sentence)
  }
})
