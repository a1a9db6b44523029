import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { settings } from '../config.ts'
import { errors } from '../errors.ts'

test('every answer has a request id, and every failure the one shape', async (t) => {
  const { app, inbox } = await startApp(t)
  const requests = [
    { url: '/' },
    { url: '/healthz' },
    { url: '/v1/nothing', method: 'POST', payload: 'x' },
    { url: '/%ff' },
    { url: `/v1/workspaces/${inbox.workspaceId}/support/inbox/customers` },
    { url: '/healthz', method: 'DELETE' },
    { url: '/healthz', method: 'PROPFIND' },
    { url: `/${'x'.repeat(5000)}` },
    { url: `/v1/workspaces/${'x'.repeat(500)}/support/inbox/customers` },
    { url: '/healthz?a=%E0%A4%A' },
  ]
  const ids = new Set<string>()
  for (const request of requests) {
    const answer = await app.inject(request as object)
    ids.add(String(answer.headers['x-request-id']))
    if (answer.statusCode === 200) continue
    const { statusCode, error, message, requestId } = answer.json()
    assert.deepEqual([statusCode, requestId], [answer.statusCode, answer.headers['x-request-id']])
    assert.ok(error.length > 0 && message.endsWith('.'))
    assert.doesNotMatch(answer.body, /node_modules|server\/|SQLITE|FST_|select /i)
  }
  assert.equal(ids.size, requests.length)
})

test('what is not HTTP is answered in the same shape on the socket', async (t) => {
  const { app } = await startApp(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const send = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      socket
        .on('data', (data) => (answer += String(data)))
        .on('close', () => resolve(answer))
        .on('error', reject)
    })
  for (const [request, status] of [
    ['FOO /x HTTP/1.1\r\nHost: a\r\n\r\n', 404],
    ['nonsense\r\n\r\n', 400],
    ['GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nConnection: close\r\n\r\n', 400],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 404],
    ['QUERY /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
    ['FOO /healthz HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['GET / HTTP/1.1\r\nHost: a\r\nBad\0Header: x\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ] as const) {
    const answer = await send(request)
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
    assert.deepEqual([answer.split(' ')[1], body.statusCode], [String(status), status], request.slice(0, 30))
    assert.match(answer, /\r\nx-request-id: req_/i)
  }
})

test('a client that is gone before its answer harms nobody', async (t) => {
  const { app } = await startApp(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  for (const request of [
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n',
  ])
    for (let i = 0; i < 30; i++)
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(request, () => socket.resetAndDestroy()))
        socket.on('close', () => resolve()).on('error', () => {})
      })
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
})

test('health and readiness need no key and tell no detail', async (t) => {
  const { app, db } = await startApp(t)
  for (const [url, status] of [
    ['/healthz', 'ok'],
    ['/readyz', 'ready'],
  ]) {
    const answer = await app.inject({ url: url! })
    assert.deepEqual([answer.statusCode, answer.json()], [200, { status }])
  }
  db.ready = () => Promise.reject(new Error('the disk is gone'))
  const { statusCode, headers, body } = await app.inject({ url: '/readyz' })
  assert.deepEqual([statusCode, headers['retry-after']], [503, '1'])
  // an id may hold any four letters
  assert.doesNotMatch(body.replace(/"requestId":"\w+"/, ''), /disk/)
})

test('the description lists every route with an operation id, and the reference page loads nothing from elsewhere', async (t) => {
  const { app } = await startApp(t)
  const description = (await app.inject({ url: '/openapi.json' })).json()
  assert.equal(description.openapi, '3.1.0')
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId?: string; responses: object }>).map(
      ([method, operation]) => ({ path, method, ...operation }),
    ),
  )
  assert.ok(operations.length >= 18)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { operationId, responses } of operations) {
    assert.match(operationId ?? '', /^[a-z][A-Za-z]+$/)
    assert.ok('400' in responses && '500' in responses, operationId)
  }
  const page = await app.inject({ url: '/docs' })
  assert.equal(page.statusCode, 200)
  assert.doesNotMatch(page.body, /(src|href)="(https?:)?\/\//)
  for (const [, path] of page.body.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g))
    assert.equal(
      (await app.inject({ url: path!.startsWith('docs') ? `/${path}` : `/docs/${path}` })).statusCode,
      200,
      path,
    )
})

test('the documentation names every setting and every error', async () => {
  const [settingsPage, errorsPage] = await Promise.all([
    readFile('docs/settings.md', 'utf8'),
    readFile('docs/errors.md', 'utf8'),
  ])
  for (const [name, { default: preset, help }] of Object.entries(settings))
    assert.ok(settingsPage.includes(`| \`${name}\` | \`${preset}\` | ${help} |`), name)
  for (const [code, [status, sentence]] of Object.entries(errors))
    assert.ok(
      errorsPage.includes(
        `| ${status} | \`${code}\` | ${sentence.replace('{sentence}', 'One sentence that names the field.')} |`,
      ),
      code,
    )
})
