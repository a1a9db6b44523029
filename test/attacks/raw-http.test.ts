import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { startApp } from '../app.ts'

// What a client can send that is not, or not quite, HTTP: answered in the error shape, or cut; and nobody else notices.

const setUp = async (t: TestContext) => {
  const { app, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const path = `/v1/workspaces/${inbox.workspaceId}/support/inbox/contacts`
  const headers = `Host: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\n`
  const emails = async () =>
    (await inbox.get('/customers?limit=100')).body.customers.items.map(({ contact }: any) => contact.email)
  const isFine = async () => assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
  return { app, port, path, headers, emails, isFine }
}

/** Sends all of it and collects what comes, until the server closes or falls silent for a while. */
const exchange = async (port: number, ...parts: (string | Buffer)[]) => {
  const socket = connect(port, '127.0.0.1')
  const reply = { text: '', isClosed: false }
  socket
    .on('data', (data) => (reply.text += data.toString('latin1')))
    .on('close', () => (reply.isClosed = true))
    .on('error', () => {})
  await once(socket, 'connect')
  for (const part of parts) socket.write(part)
  for (let seen = -1, waited = 0; !reply.isClosed && waited < 40; await sleep(50)) {
    waited = seen === reply.text.length ? waited + 1 : reply.text.length > 0 ? 30 : 0
    seen = reply.text.length
  }
  socket.destroy()
  return { ...reply, statuses: [...reply.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)) }
}

const bodyOf = (text: string) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))

const get = 'GET /healthz HTTP/1.1\r\nHost: a\r\n'
const post = 'POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'

/** Each is one request at most, answered with 4xx in the error shape, and the connection ends. */
const malformed: Record<string, string | Buffer> = {
  'nothing but a line end': '\r\n\r\n\r\nx\r\n\r\n',
  'HTTP/0.9': 'GET /healthz\r\n\r\n',
  'a version that is not there': 'GET /healthz HTTP/3.7\r\nHost: a\r\n\r\n',
  'a version in lower case': 'GET /healthz http/1.1\r\nHost: a\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a TLS hello': Buffer.from('16030100a5010000a10303', 'hex'),
  'blanks in the path': 'GET /health z HTTP/1.1\r\nHost: a\r\n\r\n',
  'NUL in the path': 'GET /health\0z HTTP/1.1\r\nHost: a\r\n\r\n',
  'NUL in a header name': `${get}X\0Y: 1\r\n\r\n`,
  'NUL in a header value': `${get}X: a\0b\r\n\r\n`,
  'a bare CR in a header': `${get}X: a\rY: b\r\n\r\n`,
  'a bare LF after the request line': 'GET /healthz HTTP/1.1\nHost: a\r\nX: y\r\n\r\n\0',
  'a blank before the colon': `${get}X : 1\r\n\r\n`,
  'a blank before the first header': 'GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n',
  'a header without a colon': `${get}X\r\n\r\n`,
  'a header without a name': `${get}: 1\r\n\r\n`,
  'a folded header': `${get}X: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n\r\n`,
  'headers of 20 KB': `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`,
  'two thousand headers': `${get}${Array.from({ length: 2000 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`,
  'a path of 20 KB': `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  'no Host': 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n',
  'Content-Length and chunks': `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`,
  'chunks and Content-Length': `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`,
  'two lengths': `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
  'two equal lengths': `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  'a list of lengths': `${post}Content-Length: 2, 2\r\n\r\n{}`,
  ...Object.fromEntries(
    ['-1', '+2', '0x2', '2.0', '2e0', '', 'x', '99999999999999999999', '2 2'].map((length) => [
      `Content-Length: ${length}`,
      `${post}Content-Length: ${length}\r\n\r\n{}`,
    ]),
  ),
  ...Object.fromEntries(
    ['xchunked', 'identity', 'chunked, identity', 'chunked chunked', '\x0bchunked', 'gzip'].map((coding) => [
      `Transfer-Encoding: ${JSON.stringify(coding)}`,
      `${post}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`,
    ]),
  ),
  ...Object.fromEntries(
    ['x', '-1', '0x5', 'fffffffffffffffff', '5 ;', ' 5', '5\r', '', '5\n12345\r\n0'].map((size) => [
      `a chunk of size ${JSON.stringify(size)}`,
      `${post}Transfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n0\r\n\r\n`,
    ]),
  ),
  'a chunk that is longer than it says': `${post}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`,
  'a chunk extension of 20 KB': `${post}Transfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
  'an expectation': `${get}Expect: the unexpected\r\nConnection: close\r\n\r\n`,
}

test('what is not HTTP, or could be read in two ways, is refused in the error shape, and its connection ends', async (t) => {
  const { port, isFine } = await setUp(t)
  for (const [what, request] of Object.entries(malformed)) {
    const { statuses, text, isClosed } = await exchange(port, request)
    assert.equal(statuses.length, 1, `${what}: ${text}`)
    assert.ok(statuses[0]! >= 400 && statuses[0]! < 500 && isClosed, `${what}: ${text}`)
    const { statusCode, message, requestId } = bodyOf(text)
    assert.equal(statusCode, statuses[0], what)
    assert.match(`${message} ${requestId}`, /^.+\. req_\w{20}$/, what)
  }
  await isFine()
})

test('unusual but right HTTP is served', async (t) => {
  const { port, path, headers, emails } = await setUp(t)
  const close = 'Connection: close\r\n\r\n'
  const chunk = (text: string) => `${text.length.toString(16)};ignored="yes"\r\n${text}\r\n`
  const right: [request: string, ...statuses: number[]][] = [
    [`GET http://a/healthz HTTP/1.1\r\nHost: a\r\n${close}`, 200],
    [`GET /healthz HTTP/1.0\r\n\r\n`, 200],
    [`\r\n${get}${close}`, 200],
    [`${get}Connection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`, 200],
    [`${get}X-HTTP-Method-Override: DELETE\r\n${close}`, 200],
    [`OPTIONS * HTTP/1.1\r\nHost: a\r\n${close}`, 404],
    ...[
      '//',
      '/./healthz',
      '/../healthz',
      '/%2e%2e/healthz',
      '/healthz/..',
      '/healthz%00',
      '/HEALTHZ',
      '/healthz;x',
    ].map((odd): [string, number] => [`GET ${odd} HTTP/1.1\r\nHost: a\r\n${close}`, 404]),
    [
      `POST ${path} HTTP/1.1\r\n${headers}Transfer-Encoding: CHUNKED\r\n\r\n${chunk('{"email":')}${chunk('"a@b"}')}0\r\nTrailer: x\r\n\r\n`,
      201,
    ],
    [`POST ${path} HTTP/1.1\r\n${headers}Expect: 100-continue\r\nContent-Length: 15\r\n\r\n{"email":"c@d"}`, 100, 201],
  ]
  for (const [request, ...expected] of right) {
    const { statuses, text } = await exchange(port, request)
    assert.deepEqual(statuses, expected, `${request}${text}`)
  }
  assert.deepEqual((await emails()).toSorted(), ['a@b', 'c@d'])
})

test('requests sent one upon another are answered in their order, up to the first that is none', async (t) => {
  const { port, path, headers, emails } = await setUp(t)
  const create = (email: string) => {
    const body = JSON.stringify({ email })
    return `POST ${path} HTTP/1.1\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
  }
  const good = Array.from({ length: 30 }, (_, i) =>
    i % 3 === 0 ? create(`${i}@b`) : i % 3 === 1 ? `${get}\r\n` : 'GET /none HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  const { statuses } = await exchange(port, [...good, 'nonsense\r\n\r\n', create('after@b')].join(''))
  assert.deepEqual(
    statuses.slice(0, 30),
    good.map((_, i) => [201, 200, 404][i % 3]),
  )
  assert.ok(statuses.length <= 31 && (statuses[30] ?? 400) === 400)
  assert.equal((await emails()).length, 10)
})

test('a body that is not as long as it says is not taken for what it might have been', async (t) => {
  const { port, path, headers, emails, isFine } = await setUp(t)
  const text = '{"email":"a@b"}'
  const shorter = await exchange(
    port,
    `POST ${path} HTTP/1.1\r\n${headers}Content-Length: ${text.length - 1}\r\n\r\n${text}`,
  )
  assert.deepEqual(shorter.statuses, [400])
  for (const start of [
    `Content-Length: ${text.length + 1}\r\n\r\n${text}`,
    `Transfer-Encoding: chunked\r\n\r\nf\r\n${text}\r\n`,
  ]) {
    const socket = connect(port, '127.0.0.1', () => socket.end(`POST ${path} HTTP/1.1\r\n${headers}${start}`))
    socket.resume()
    await once(socket, 'close')
  }
  assert.deepEqual(await emails(), [])
  await isFine()
})

test('F16: a body of 1 MiB is read, one byte more is not, however it is sent', async (t) => {
  const { port, path, headers, emails, isFine } = await setUp(t)
  const mebibyte = 1024 * 1024
  const bodyOfSize = (email: string, size: number) => JSON.stringify({ email }).padEnd(size)
  const whole = (body: string) => [`Content-Length: ${body.length}\r\n\r\n`, body]
  const chunked = (body: string) => [
    'Transfer-Encoding: chunked\r\n\r\n',
    `${body.length.toString(16)}\r\n`,
    body,
    '\r\n0\r\n\r\n',
  ]
  const cases: [parts: string[], status: number][] = [
    [whole(bodyOfSize('less@b', mebibyte - 1)), 201],
    [whole(bodyOfSize('exact@b', mebibyte)), 201],
    [whole(bodyOfSize('more@b', mebibyte + 1)), 413],
    [chunked(bodyOfSize('chunked@b', mebibyte)), 201],
    [chunked(bodyOfSize('more@b', mebibyte + 1)), 413],
    [['Content-Length: 99999999999\r\n\r\n', '{"email":'], 413],
    [
      ['Transfer-Encoding: chunked\r\n\r\n', ...Array.from({ length: 200 }, () => `8000\r\n${' '.repeat(0x8000)}\r\n`)],
      413,
    ],
  ]
  for (const [[first, ...rest], status] of cases) {
    const { statuses, text } = await exchange(port, `POST ${path} HTTP/1.1\r\n${headers}${first}`, ...rest)
    assert.deepEqual(statuses, [status], text)
    if (status === 413) assert.equal(bodyOf(text).message, 'The body is larger than 1048576 bytes.')
  }
  assert.deepEqual((await emails()).toSorted(), ['chunked@b', 'exact@b', 'less@b'])
  await isFine()
})

test('a packed body, and one of another kind, is not unpacked and not guessed at', async (t) => {
  const { app, path, headers, emails } = await setUp(t)
  const authorization = /Authorization: (.+)\r/.exec(headers)![1]!
  const text = Buffer.from('{"email":"a@b"}')
  const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
  const kinds: [type: string, encoding: string | undefined, body: Buffer][] = [
    ['application/json', 'gzip', gzipSync(text)],
    ['application/json', 'gzip', bomb],
    ['application/json', 'deflate', text],
    ['application/json', 'br', text],
    ['application/gzip', undefined, bomb],
    ['text/plain', undefined, text],
    ['text/json', undefined, text],
    ['application/x-www-form-urlencoded', undefined, text],
    ['multipart/form-data; boundary=x', undefined, text],
    ['application/json, text/plain', undefined, text],
    ['application/jsonx', undefined, text],
    ['application', undefined, text],
    ['*/*', undefined, text],
  ]
  for (const [type, encoding, payload] of kinds) {
    const packed = encoding === undefined ? {} : { 'content-encoding': encoding }
    const sent = { 'content-type': type, authorization, ...packed }
    const answer = await app.inject({ method: 'POST', url: path, payload, headers: sent })
    assert.deepEqual([answer.statusCode, answer.json().code], [415, encoding ? 'body_compressed' : 'not_json'], type)
  }
  assert.deepEqual(await emails(), [])
})
