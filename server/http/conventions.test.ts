import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startApp, type Inbox } from '../../test/app.ts'
import { collectRoutes } from '../../test/attacks/routes.ts'

const routes = collectRoutes()

const listen = async (t: TestContext, env = {}) => {
  const started = await startApp(t, { env })
  const url = await started.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...started, url }
}

test('a method that a path does not take is 405 with those that it takes', async (t) => {
  const { inbox, ask } = await startApp(t)
  const { secret: key } = await inbox.as({ scope: 'api_user' })
  const byPath = Map.groupBy(routes, ({ url }) => url.replace(/:\w+/g, 'x').replace('*', 'x'))
  for (const [path, here] of byPath) {
    const url = path.replace('/v1/workspaces/x', `/v1/workspaces/${inbox.workspaceId}`)
    // a pattern may be of many paths; the reference page is a library's
    if (here.some(({ url: pattern }) => pattern.endsWith('*')) || path.startsWith('/docs')) continue
    const methods = new Set(here.map(({ method }) => method))
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((each) => !methods.has(each))) {
      const { status, headers, body } = await ask(method, url, { key })
      assert.deepEqual([status, body?.code], [405, 'method_not_allowed'], `${method} ${url}`)
      for (const each of methods) assert.ok(String(headers['allow']).split(', ').includes(each), `${each} ${url}`)
    }
    const options = await ask('OPTIONS', url)
    // of a chat every path answers preflights
    if (!methods.has('OPTIONS') && !path.startsWith('/embeds/v1/chats'))
      assert.deepEqual(
        [options.status, options.text, String(options.headers['allow']).includes('OPTIONS')],
        [204, '', true],
      )
  }
  assert.equal((await ask('OPTIONS', '/nothing')).status, 404)
  assert.equal((await ask('GET', '/nothing')).status, 404)
})

test('a 401 says how to ask with a right', async (t) => {
  const { inbox, ask } = await startApp(t)
  for (const [method, url] of [
    ['GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`],
    ['GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/nothing`],
    ['GET', '/v1/session'],
  ] as const) {
    const { status, headers } = await ask(method, url)
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer realm="support-inbox"'])
  }
})

test('HEAD answers as GET does, without a body', async (t) => {
  const { inbox, ask } = await startApp(t)
  const { secret: key } = await inbox.as({ scope: 'api_user' })
  const url = (path: string) => `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`
  for (const path of ['/customers', '/contacts/ctc_none', '/nothing']) {
    const [get, head] = [await ask('GET', url(path), { key }), await ask('HEAD', url(path), { key })]
    assert.deepEqual([head.status, head.text], [get.status, ''], path)
    // the sentence of a refusal may name the method
    if (get.status === 200) assert.equal(head.headers['content-length'], get.headers['content-length'])
  }
})

test('every answer to a key says how many requests are left', async (t) => {
  const { inbox } = await startApp(t, { env: { RATE_LIMIT: '100' } })
  const answers = [
    await inbox.get('/customers'),
    await inbox.get('/nothing'),
    await inbox.put('/customers'),
    await inbox.post('/contacts', '{'),
    await inbox.get('/contacts/ctc_none'),
    await inbox.get('/customers?limit=0'),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 405, 400, 404, 400],
  )
  for (const { headers } of answers) assert.match(String(headers['ratelimit']), /^"key";r=\d+;t=\d+$/)
})

const raw = async (url: string, key: string, encoding?: string) => {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...(encoding === undefined ? {} : { 'accept-encoding': encoding }) },
  })
  return { encoding: answer.headers.get('content-encoding'), text: await answer.text(), headers: answer.headers }
}

const fill = async (inbox: Inbox, contentText: string) => {
  const { body } = await inbox.post('/conversations', { email: 'jane@example.com', subject: 'Order', contentText })
  return `/conversations/${body.conversation.id}/messages`
}

test('an answer over 1 KB is compressed for who asks, and is the same', async (t) => {
  const { inbox, url } = await listen(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const path = await fill(inbox, 'A text. '.repeat(200))
  // one that is sent in parts
  const long = await fill(inbox, 'Ein längerer Text. '.repeat(20_000))
  const short = `/contacts/${(await inbox.get('/customers')).body.customers.items[0].contact.id}`
  const at = (end: string) => `${url}/v1/workspaces/${inbox.workspaceId}/support/inbox${end}`
  for (const each of [path, long]) {
    const plain = await raw(at(each), secret, 'identity')
    assert.equal(plain.encoding, null)
    for (const [asked, given] of [
      ['br', 'br'],
      ['gzip, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['deflate', null],
    ] as const) {
      const { encoding, text, headers } = await raw(at(each), secret, asked)
      assert.equal(encoding, given, asked)
      assert.equal(text, plain.text)
      if (given) assert.match(headers.get('vary') ?? '', /Accept-Encoding/)
    }
  }
  assert.equal((await raw(at(short), secret, 'br')).encoding, null)
})

test('a compressed answer is smaller, and its bytes are those of its encoding', async (t) => {
  const { inbox, app } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const path = await fill(inbox, 'A text. '.repeat(200))
  const get = (encoding: string) =>
    app.inject({
      url: `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`,
      headers: { authorization: `Bearer ${secret}`, 'accept-encoding': encoding },
    })
  const [plain, br, gzip] = [await get('identity'), await get('br'), await get('gzip')]
  assert.equal(brotliDecompressSync(br.rawPayload).toString(), plain.body)
  assert.equal(gunzipSync(gzip.rawPayload).toString(), plain.body)
  assert.ok(br.rawPayload.length * 2 < plain.rawPayload.length)
})

test('an answer with a secret beside content is never compressed', async (t) => {
  const { inbox, app } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const post = (path: string, payload: object) =>
    app.inject({
      method: 'POST',
      url: `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`,
      headers: { authorization: `Bearer ${secret}`, 'accept-encoding': 'br, gzip' },
      payload,
    })
  const allowedOrigins = Array.from({ length: 50 }, (_, i) => `https://shop-${i}.example.com`)
  const answers = [
    await post('/channels', { kind: 'CHAT', name: 'Shop', allowedOrigins }),
    await post('/keys', { name: 'x'.repeat(256), scope: 'api_user' }),
    await post('/agents', { name: 'x'.repeat(256), email: 'ada@example.com' }),
  ]
  assert.ok(answers[0]!.body.length > 1024)
  for (const { statusCode, headers } of answers)
    assert.deepEqual([statusCode, headers['content-encoding']], [201, undefined])
})
