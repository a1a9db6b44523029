import assert from 'node:assert/strict'
import test from 'node:test'
import { freshFolder } from '../app.ts'
import { startServer } from '../process.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

test('the log has one line for each request, the last one too, and nothing that a customer or a key would mind', async (t) => {
  const server = await startServer(t, { DATA_DIR: await freshFolder(t), LOG_LEVEL: 'info' })
  const { key, workspaceId, address } = server
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const made = await fetch(`${inbox}/contacts`, { method: 'POST', headers, body: '{"email":"secret@example.com"}' })
  const { contact } = (await made.json()) as any
  await fetch(`${inbox}/contacts/${contact.id}`, { headers })
  await fetch(`${inbox}/search?q=secret-word`, { headers })
  await fetch(`${inbox}/agents`, {
    headers: {
      authorization: 'Bearer guess',
      'x-request-id': 'caller-1',
      traceparent: `00-${traceId}-${'1'.repeat(16)}-01`,
    },
  })
  const ids = await Promise.all(
    Array.from({ length: 200 }, async () => (await fetch(`${inbox}/agents`, { headers })).headers.get('x-request-id')),
  )
  assert.equal(await server.stop('SIGTERM'), 0)
  const text = server.texts.stdout.split('\n').filter((line) => line.includes('"requestId"'))
  const lines = text.map((line) => JSON.parse(line))
  assert.equal(lines.length, 204)
  assert.deepEqual(new Set(lines.slice(4).map(({ requestId }) => requestId)), new Set(ids))
  const [create, get] = lines
  assert.deepEqual(Object.keys(create), [
    'time',
    'level',
    'requestId',
    'method',
    'route',
    'status',
    'milliseconds',
    'workspaceId',
    'callerId',
  ])
  assert.deepEqual([create.method, create.status, create.workspaceId], ['POST', 201, workspaceId])
  assert.match(create.callerId, /^key_/)
  assert.equal(get.route, '/v1/workspaces/:workspaceId/support/inbox/contacts/:contactId')
  assert.deepEqual([lines[3].status, 'callerId' in lines[3]], [401, false])
  assert.deepEqual([lines[3].requestId, lines[3].traceId], ['caller-1', traceId])
  for (const text of server.texts.stdout.trim().split('\n')) assert.ok(JSON.parse(text), text)
  assert.doesNotMatch(text.join('\n'), /inbox_\w{38}|secret|ctc_|guess/)
})

test('every end of the process is logged, with its reason', async (t) => {
  const env = { DATA_DIR: await freshFolder(t), LOG_LEVEL: 'error' }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = await startServer(t, env)
    assert.equal(await server.stop(signal), 0)
    const [stopping, stopped] = server.texts.stdout
      .split('\n')
      .filter((line) => line.startsWith('{"time"'))
      .map((line) => JSON.parse(line))
    assert.deepEqual([stopping.event, stopping.reason], ['stopping', signal])
    assert.match(stopping.parent, new RegExp(`\\(${process.pid}\\)$`))
    assert.deepEqual([stopped.event, stopped.exitCode], ['stopped', 0])
  }
  const preload = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('odd') })")}`
  const server = await startServer(t, { ...env, NODE_OPTIONS: `--import=${preload}` })
  assert.notEqual(await server.stop('SIGUSR2'), 0)
  assert.match(server.texts.stdout, /"event":"stopping","reason":"uncaughtException","error":"Error: odd/)
})
