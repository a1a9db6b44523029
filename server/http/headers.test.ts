import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { makeContact } from '../../test/make.ts'
import { limits } from '../limits.ts'
import { fixedHeaders } from './headers.ts'

const listen = async (app: Awaited<ReturnType<typeof startApp>>['app']): Promise<number> => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

test('every answer tells browsers what not to do with it, and none tells what serves it', async (t) => {
  const { app, inbox, ask } = await startApp(t)
  const contact = await makeContact(inbox, { email: 'jane@example.com' })
  const url = (path: string) => `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`
  const answers = [
    await inbox.get(`/contacts/${contact.id}`),
    await inbox.get('/contacts/ctc_none'),
    await inbox.post('/contacts', { email: 'no' }),
    await inbox.delete(`/contacts/${contact.id}`),
    await ask('GET', url('/agents')),
    await ask('GET', '/nothing'),
    await ask('GET', '/%ff'),
    await ask('OPTIONS', url('/agents')),
    await ask('GET', '/healthz'),
    await ask('GET', '/openapi.json'),
  ]
  for (const { headers, status } of answers) {
    for (const [name, value] of Object.entries(fixedHeaders)) assert.equal(headers[name], value, `${name} at ${status}`)
    for (const name of ['server', 'x-powered-by', 'strict-transport-security']) assert.ok(!(name in headers), name)
  }
  const page = await app.inject({ url: '/docs' })
  assert.match(String(page.headers['content-security-policy']), /^default-src 'self'.*script-src 'self'/)
  assert.deepEqual([page.statusCode, page.headers['x-frame-options']], [200, 'DENY'])

  const socket = connect(await listen(app), '127.0.0.1', () => socket.write('nonsense\r\n\r\n'))
  const [data] = await once(socket, 'data')
  for (const [name, value] of Object.entries(fixedHeaders)) assert.ok(String(data).includes(`${name}: ${value}\r\n`))
})

test('what a proxy says is believed from listed addresses only', async (t) => {
  const { app, inbox } = await startApp(t, { env: { TRUST_PROXY: '192.0.2.1, 10.0.0.0/8' } })
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`
  const through = (remoteAddress: string, client: string, key = 'guess') =>
    app.inject({
      url,
      remoteAddress,
      headers: { 'x-forwarded-for': client, 'x-forwarded-proto': 'https', authorization: `Bearer ${key}` },
    })
  for (const proxy of ['192.0.2.1', '10.1.2.3'])
    assert.equal(
      (await through(proxy, '198.51.100.1')).headers['strict-transport-security'],
      'max-age=31536000; includeSubDomains',
    )
  assert.equal((await through('192.0.2.2', '198.51.100.1')).headers['strict-transport-security'], undefined)
  // one minute of the clock has all of them
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  // bad keys are counted for the client behind a listed proxy, and for the peer itself where it is none
  for (let i = 0; i < limits.badKeys; i++) await through('10.9.9.9', '198.51.100.9')
  assert.equal((await through('10.9.9.9', '198.51.100.9')).statusCode, 429)
  assert.equal((await through('10.9.9.9', '198.51.100.10')).statusCode, 401)
  for (let i = 0; i < limits.badKeys; i++) await through('203.0.113.5', `198.51.100.${i}`)
  assert.equal((await through('203.0.113.5', '198.51.100.200')).statusCode, 429)
})

test('where PUBLIC_URL is https every answer demands it', async (t) => {
  const { ask, app } = await startApp(t, { env: { PUBLIC_URL: 'https://inbox.example' } })
  for (const url of ['/', '/sign-in', '/docs', '/healthz', '/nothing', '/v1/session', '/forms/chn_none'])
    assert.equal(
      (await ask('GET', url)).headers['strict-transport-security'],
      'max-age=31536000; includeSubDomains',
      url,
    )
  const page = await app.inject({ url: '/inbox/open' })
  assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin')
  assert.match(String(page.headers['permissions-policy']), /camera=\(\).*geolocation=\(\).*microphone=\(\)/)
})

test('pages of other origins may not call the API, unless theirs is listed; a preflight needs no key', async (t) => {
  const closed = await startApp(t)
  const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }
  const url = (workspaceId: string) => `/v1/workspaces/${workspaceId}/support/inbox/contacts`
  const refused = await closed.ask('OPTIONS', url(closed.inbox.workspaceId), { headers: preflight })
  assert.deepEqual(
    [refused.status, refused.headers['access-control-allow-origin'], refused.headers['vary']],
    [204, undefined, undefined],
  )

  const { ask, inbox } = await startApp(t, { env: { CORS_ORIGINS: 'https://app.example.com,http://localhost:5173' } })
  const allowed = await ask('OPTIONS', url(inbox.workspaceId), { headers: preflight })
  assert.deepEqual([allowed.status, allowed.text], [204, ''])
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example.com')
  assert.match(String(allowed.headers['access-control-allow-headers']), /Authorization.*Idempotency-Key/)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const get = (origin?: string) =>
    ask('GET', url(inbox.workspaceId).replace('contacts', 'agents'), { key: secret, headers: origin ? { origin } : {} })
  const mine = await get('http://localhost:5173')
  assert.deepEqual(
    [mine.status, mine.headers['access-control-allow-origin'], mine.headers['vary']],
    [200, 'http://localhost:5173', 'Origin'],
  )
  assert.match(String(mine.headers['access-control-expose-headers']), /RateLimit/)
  for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'null', undefined]) {
    const { status, headers } = await get(origin)
    assert.deepEqual([status, headers['access-control-allow-origin'], headers['vary']], [200, undefined, 'Origin'])
  }
})

test('a contact that has not changed is 304 to a client that has it', async (t) => {
  const { ask, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const { id } = await makeContact(inbox, { email: 'jane@example.com' })
  const get = (known?: string) =>
    ask('GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/contacts/${id}`, {
      key: secret,
      headers: known === undefined ? {} : { 'if-none-match': known },
    })
  const first = await get()
  const tag = String(first.headers['etag'])
  assert.match(tag, /^W\/"1\.[\w-]{27}"$/)
  for (const known of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
    const { status, text, headers } = await get(known)
    assert.deepEqual([status, text, headers['etag'], headers['content-type']], [304, '', tag, undefined])
  }
  assert.equal((await get('W/"other"')).status, 200)
  await inbox.patch(`/contacts/${id}`, { name: 'Jane' })
  const changed = await get(tag)
  assert.equal(changed.status, 200)
  assert.notEqual(changed.headers['etag'], tag)
})

test('connections beyond the limit are closed at once, and the others go on', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  assert.equal(app.server.maxConnections, limits.connections)
  app.server.maxConnections = 2
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const [one, two] = [await open(), await open()]
  await once((await open()).resume(), 'close')
  two.destroy()
  one.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.match(String((await once(one, 'data'))[0]), /^HTTP\/1\.1 200/)
  one.destroy()
})
