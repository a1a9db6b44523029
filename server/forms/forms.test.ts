import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { check } from '../check/check.ts'
import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

interface Sent {
  headers?: Record<string, string>
  from?: string
}

/** An app with one form, and ways to post to it. */
const startForm = async (t: TestContext, wanted: object = {}) => {
  const started = await startApp(t)
  const { app, inbox } = started
  const made = await inbox.post('/channels', { kind: 'FORM', name: 'Contact us', ...wanted })
  assert.equal(made.status, 201, made.body.message)
  const id: string = made.body.channel.id
  const url = `/forms/${id}`
  const send = async (method: string, payload: Buffer | string | undefined, { headers = {}, from }: Sent = {}) => {
    const answer = await app.inject({
      method: method as 'POST',
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
      ...(from ? { remoteAddress: from } : {}),
    })
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      body: isJson ? answer.json() : undefined,
    }
  }
  const typed = (type: string, { headers, ...sent }: Sent = {}) => ({
    ...sent,
    headers: { 'content-type': type, ...headers },
  })
  return {
    ...started,
    id,
    url,
    send,
    json: (fields: object, sent?: Sent) => send('POST', JSON.stringify(fields), typed('application/json', sent)),
    encoded: (fields: Record<string, string>, sent?: Sent) =>
      send(
        'POST',
        new URLSearchParams(fields).toString(),
        typed('application/x-www-form-urlencoded', { headers: browser, ...sent }),
      ),
    parts: async (form: FormData, sent?: Sent) => {
      const made = new Response(form)
      const payload = Buffer.from(await made.arrayBuffer())
      return send('POST', payload, typed(made.headers.get('content-type')!, sent))
    },
    /** Everything that arrived, newest first, each with its messages. */
    arrived: async () => {
      const { items } = (await inbox.get('/conversations?limit=100')).body.conversations
      const threads = []
      for (const { id: conversation } of items)
        threads.push((await inbox.get(`/conversations/${conversation}/messages`)).body.thread)
      return threads
    },
  }
}

const jane = { name: 'Jane Doe', email: 'jane@example.com', message: 'Where is my parcel?' }

test('a posted form is a contact, an open conversation and an unread message, and is found', async (t) => {
  const form = await startForm(t, {
    fields: [
      { name: 'orderNumber', label: 'Order number' },
      { name: 'shop', label: 'Shop' },
    ],
  })
  const sent = await form.encoded({ ...jane, subject: 'Parcel', orderNumber: '4711', shop: '' })
  assert.deepEqual([sent.status, sent.headers['location']], [303, `${form.id}/thanks`])
  const [customer] = (await form.inbox.get('/customers')).body.customers.items
  assert.equal(customer.latestThread.source, 'FORM')
  assert.equal(customer.latestThread.unreadCount, 1)
  const { contact } = (await form.inbox.get(`/contacts/${customer.contact.id}`)).body
  assert.deepEqual([contact.name, contact.email, contact.source], ['Jane Doe', 'jane@example.com', 'FORM'])
  const [thread] = await form.arrived()
  assert.deepEqual(thread.channel, { id: form.id, name: 'Contact us', email: null })
  assert.deepEqual(
    [thread.conversation.subject, thread.conversation.status, thread.conversation.source],
    ['Parcel', 'OPEN', 'FORM'],
  )
  const [message] = thread.messages.items
  assert.equal(message.contentText, 'Where is my parcel?\n\nOrder number: 4711')
  assert.deepEqual([message.direction, message.contentHtml], ['INBOUND', null])
  assert.equal((await form.inbox.get('/search?q=parcel')).body.results.messages.length, 1)
  const again = await form.json({ email: 'jane@example.com', message: 'Another thing' })
  assert.equal(again.status, 201)
  const threads = await form.arrived()
  assert.equal(threads.length, 2)
  assert.equal(threads[0].conversation.subject, 'Contact us')
  assert.deepEqual(new Set(threads.map(({ contact: { id } }) => id)), new Set([contact.id]))
})

test('files come back byte for byte, go with the contact, and the check finds nothing amiss', async (t) => {
  const form = await startForm(t)
  const files = [randomBytes(3 * 1024 * 1024), Buffer.from('<script>alert(1)</script>\r\n\n'), Buffer.alloc(0)]
  const post = new FormData()
  for (const [name, value] of Object.entries(jane)) post.append(name, value)
  post.append('files', new Blob([files[0]!], { type: 'image/png' }), 'größe "1".png')
  post.append('files', new Blob([files[1]!], { type: 'text/html' }), '../../x.html')
  post.append('files', new Blob([files[2]!], { type: 'multipart/mixed; boundary=x' }), 'empty.txt')
  post.append('files', new Blob([]), '')
  const sent = await form.parts(post)
  assert.equal(sent.status, 201, sent.text)
  const [{ conversation, messages }] = await form.arrived()
  const [message] = messages.items
  assert.equal(message.id, sent.body.message.id)
  assert.deepEqual(message.attachments, [
    { number: 1, name: 'größe "1".png', contentType: 'image/png', size: files[0]!.length },
    { number: 2, name: 'x.html', contentType: 'text/html', size: files[1]!.length },
    { number: 3, name: 'empty.txt', contentType: 'multipart/mixed', size: 0 },
  ])
  for (const [i, bytes] of files.entries()) {
    const { app, inbox, url } = form
    const key = await inbox.as({ scope: 'api_user' })
    const got = await app.inject({
      url: `/v1/workspaces/${inbox.workspaceId}/support/inbox/conversations/${conversation.id}/messages/${message.id}/attachments/${i + 1}`,
      headers: { authorization: `Bearer ${key.secret}` },
    })
    assert.equal(got.statusCode, 200, url)
    assert.deepEqual(got.rawPayload, bytes)
    assert.match(String(got.headers['content-disposition']), /^attachment/)
    assert.equal(got.headers['x-content-type-options'], 'nosniff')
  }
  assert.deepEqual(await check(form.db, { repair: false }), [])
  const [customer] = (await form.inbox.get('/customers')).body.customers.items
  assert.equal((await form.inbox.delete(`/contacts/${customer.contact.id}`)).status, 204)
  assert.deepEqual(await form.db.many({ parts: ['select message_id from mail_pieces'], values: [] }), [])
})

test('the same post again, at once and afterwards, is one message; other words are another', async (t) => {
  const form = await startForm(t)
  const answers = await Promise.all(Array.from({ length: 8 }, () => form.json(jane)))
  answers.push(await form.json(jane))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal(answers.filter(({ status }) => status === 200).length, 8)
  assert.equal(new Set(answers.map(({ body }) => body.message.id)).size, 1)
  assert.equal((await form.json({ ...jane, message: 'Something else' })).status, 201)
  t.mock.timers.enable({ apis: ['Date'], now: currentTime() + 2 * limits.formRepeat })
  assert.equal((await form.json(jane)).status, 201)
  t.mock.timers.reset()
  assert.equal((await form.arrived()).length, 3)
})

test('our own page, sent twice, is one message however late; sent at once it asks again and keeps the words', async (t) => {
  const form = await startForm(t)
  const page = await form.send('GET', undefined, { headers: browser })
  const token = /name="token" value="([^"]+)"/.exec(page.text)![1]!
  const hasty = await form.encoded({ ...jane, token })
  assert.equal(hasty.status, 400)
  assert.match(hasty.text, /faster than people type[^]*Where is my parcel\?/)
  assert.match(hasty.text, new RegExp(`value="${token}"`))
  t.mock.timers.enable({ apis: ['Date'], now: currentTime() + limits.formLeast })
  assert.equal((await form.encoded({ ...jane, token })).status, 303)
  t.mock.timers.reset()
  t.mock.timers.enable({ apis: ['Date'], now: currentTime() + 86_400_000 })
  assert.equal((await form.encoded({ ...jane, token })).status, 303)
  assert.equal((await form.encoded({ ...jane, message: 'Changed', token })).status, 303)
  t.mock.timers.reset()
  assert.equal((await form.arrived()).length, 2)
  // made up or moved back: no more than no token
  const [time, ...rest] = token.split('.')
  for (const forged of [`${Number(time) - 9000}.${rest.join('.')}`, 'x', '..', token.replace(/.$/, '!')])
    assert.equal((await form.encoded({ ...jane, message: forged, token: forged })).status, 303, forged)
})

test('a browser is shown what is wrong, in its language, with everything that it typed', async (t) => {
  const form = await startForm(t, { fields: [{ name: 'orderNumber', label: 'Order <b>number</b>', required: true }] })
  const evil = '</textarea><script>alert(1)</script>'
  const answer = await form.encoded(
    { name: '"><img src=x>', email: 'nobody', subject: '', message: evil, orderNumber: ' ' },
    { headers: { ...browser, 'accept-language': 'xx, de;q=0.8, en;q=0.5' } },
  )
  assert.equal(answer.status, 400)
  assert.match(answer.text, /<html lang="de">/)
  assert.match(answer.text, /Das ist keine gültige E-Mail-Adresse/)
  assert.match(answer.text, /Order &lt;b&gt;number&lt;\/b&gt; fehlt/)
  assert.match(answer.text, /value="&quot;&gt;&lt;img src=x&gt;"/)
  assert.match(answer.text, /&lt;\/textarea&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/textarea>/)
  assert.doesNotMatch(answer.text, /<script|<img|<b>/)
  assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/)
  assert.match((await form.send('GET', undefined, { headers: { 'accept-language': 'ar-EG' } })).text, /dir="rtl"/)
  assert.deepEqual(await form.arrived(), [])
})

test('a program is told the first problem in a sentence, in the error shape', async (t) => {
  const form = await startForm(t, { fields: [{ name: 'orderNumber', label: 'Order number', required: true }] })
  const whole = { ...jane, orderNumber: '1' }
  for (const [fields, message, code] of [
    [{ ...whole, email: undefined }, 'email is required.', 'invalid_request'],
    [{ ...whole, email: 'nobody' }, 'Invalid email address format.', 'invalid_email'],
    [{ ...whole, email: 'a@b.co\nBcc: c@d.co' }, 'email must be one line.', 'invalid_request'],
    [{ ...whole, message: ' \n ' }, 'message is required.', 'invalid_request'],
    [{ ...whole, orderNumber: undefined }, 'orderNumber is required.', 'invalid_request'],
    [{ ...whole, name: 'Jane\r\nBcc: a@b.c' }, 'name must be one line.', 'invalid_request'],
    [{ ...whole, subject: 'x\u2028y' }, 'subject must be one line.', 'invalid_request'],
    [{ ...whole, subject: 'x'.repeat(999) }, 'subject must not be longer than 998 characters.', 'invalid_request'],
    [{ ...whole, message: 'x'.repeat(100_001) }, /^message must not be longer than 100,000/, 'invalid_request'],
    [{ ...whole, orderNumber: 'x'.repeat(10_001) }, /^orderNumber must not be longer than 10,000/, 'invalid_request'],
    [{ ...whole, phone: '1' }, 'phone is not a field of this form.', 'invalid_request'],
    [{ ...whole, workspaceId: 'wrk_1' }, 'workspaceId is not a field of this form.', 'invalid_request'],
    [{ ...whole, homepage: 'https://spam.example' }, /looked like a robot/, 'invalid_request'],
    [{ ...whole, name: 7 }, 'name must be a string.', 'invalid_request'],
    [[], 'The body must be a JSON object.', 'invalid_request'],
  ] as const) {
    const answer = await form.json(fields, { from: `192.0.2.${Math.floor(Math.random() * 250)}` })
    assert.equal(answer.status, 400, JSON.stringify(fields).slice(0, 100))
    if (typeof message === 'string') assert.equal(answer.body.message, message)
    else assert.match(answer.body.message, message)
    assert.equal(answer.body.code, code)
    assert.deepEqual(Object.keys(answer.body), ['statusCode', 'error', 'message', 'code', 'requestId'])
  }
  assert.deepEqual(await form.arrived(), [])
})

test('what is no form is refused by name: charset, doubles, crowds, broken parts, polluting names', async (t) => {
  const form = await startForm(t)
  const encoded = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const withCharset = { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=iso-8859-1' } }
  const multi = { headers: { 'content-type': 'multipart/form-data; boundary=x' } }
  const part = (name: string, value: string | Buffer) =>
    Buffer.concat([
      Buffer.from(`--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ])
  const end = Buffer.from('--x--\r\n')
  const good = [part('email', 'jane@example.com'), part('message', 'Hello')]
  const many = Array.from({ length: 1000 }, (_, i) => `f${i}=1`).join('&')
  const cases: [Buffer | string, { headers: Record<string, string> }, RegExp, number?][] = [
    ['email=a%40b.co&message=gr%FC%DFe', encoded, /not valid percent-encoded UTF-8/],
    [Buffer.from('email=a%40b.co&message=gr\xfc\xdfe', 'latin1'), encoded, /not valid UTF-8/],
    ['email=a%40b.co&message=x', withCharset, /must be sent as UTF-8/],
    ['email=a%40b.co&email=c%40d.co&message=x', encoded, /^email is given twice/],
    ['email=a%40b.co&message=x%00y', encoded, /^message must not contain the character NUL/],
    ['files=invoice.pdf&email=a%40b.co&message=x', encoded, /^files must be sent as files: the form needs enctype=/],
    [many, encoded, /must not have more than 40 fields/],
    ['__proto__=x&email=a%40b.co&message=x', encoded, /^__proto__ is not a field/],
    ['constructor=x&email=a%40b.co&message=x', encoded, /^constructor is not a field/],
    [`message=${'x'.repeat(1024 * 1024)}`, encoded, /larger than 1048576 bytes/, 413],
    [Buffer.concat([part('message', Buffer.from([0xff, 0xfe])), end]), multi, /^message is not valid UTF-8/],
    [Buffer.concat([...good, part('email', 'other@example.com'), end]), multi, /^email is given twice/],
    [Buffer.concat([...good, part('__proto__', 'x'), end]), multi, /./],
    [Buffer.concat([...Array.from({ length: 200 }, (_, i) => part(`f${i}`, '1')), end]), multi, /more than 40 fields/],
    [Buffer.concat(good), multi, /multipart body cannot be read/],
    ['nothing', multi, /./],
    ['x', { headers: { 'content-type': 'multipart/form-data' } }, /multipart body cannot be read/],
    [
      '<a/>',
      { headers: { 'content-type': 'text/xml' } },
      /must be sent as application\/x-www-form-urlencoded, multipart/,
      415,
    ],
    [Buffer.concat([part('message', Buffer.alloc(2 * 1024 * 1024, 'x')), end]), multi, /larger than 1048576/, 413],
  ]
  for (const [i, [payload, sent, message, status = 400]] of cases.entries()) {
    const answer = await form.send('POST', payload, { ...sent, from: `198.51.100.${i}` })
    assert.equal(answer.status, status, `${String(message)} ${answer.text}`)
    assert.match(answer.body.message, message)
  }
  assert.equal(Object.keys(Object.prototype).length, 0)
  assert.deepEqual(await form.arrived(), [])
})

test('beyond 25 MB or ten files nothing is stored, and the words stay', async (t) => {
  const form = await startForm(t)
  const post = (files: number, bytes: number) => {
    const data = new FormData()
    for (const [name, value] of Object.entries(jane)) data.append(name, value)
    for (let i = 0; i < files; i++) data.append('files', new Blob([Buffer.alloc(bytes)]), `${i}.bin`)
    return form.parts(data, { headers: browser })
  }
  const large = await post(2, 14 * 1024 * 1024)
  assert.equal(large.status, 413)
  assert.match(large.text, /at most 25 MB together[^]*choose your files again[^]*Where is my parcel\?/)
  const many = await post(11, 10)
  assert.equal(many.status, 400)
  assert.match(many.text, /Files: at most 10/)
  assert.deepEqual(await form.arrived(), [])
  assert.equal((await post(1, 20 * 1024 * 1024)).status, 303)
})

test('only pages that the channel lists may post; a script of theirs may read the answer', async (t) => {
  const form = await startForm(t, { allowedOrigins: ['https://shop.example'], returnTo: 'https://shop.example/thanks' })
  const from = (headers: Record<string, string>) =>
    form.json({ ...jane, subject: JSON.stringify(headers) }, { headers })
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { referer: 'https://evil.example/a' },
  ])
    assert.deepEqual(
      [(await from(headers)).status, (await from(headers)).body.code],
      [403, 'origin_not_allowed'],
      JSON.stringify(headers),
    )
  const allowed = await from({ origin: 'https://shop.example' })
  assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin']], [201, 'https://shop.example'])
  assert.equal((await from({ referer: 'https://shop.example/contact' })).status, 201)
  assert.equal((await from({ origin: 'http://inbox.example', host: 'inbox.example' })).status, 201)
  const wrong = await form.json({}, { headers: { origin: 'https://shop.example' } })
  assert.deepEqual([wrong.status, wrong.headers['access-control-allow-origin']], [400, 'https://shop.example'])

  const preflight = await form.send('OPTIONS', undefined, {
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
  })
  assert.deepEqual(
    [
      preflight.status,
      preflight.headers['access-control-allow-origin'],
      preflight.headers['access-control-allow-methods'],
    ],
    [204, 'https://shop.example', 'POST'],
  )
  assert.equal((await form.send('OPTIONS', undefined, { headers: { origin: 'https://evil.example' } })).status, 403)

  const sent = await form.encoded(jane, { headers: { ...browser, origin: 'https://shop.example' } })
  assert.deepEqual([sent.status, sent.headers['location']], [303, 'https://shop.example/thanks'])
})

test('one client may not flood a form, the words of its last post are kept, and others go on', async (t) => {
  const form = await startForm(t)
  const now = performance.now()
  t.mock.method(performance, 'now', () => now)
  for (let i = 0; i < limits.formPostsOfAddress; i++)
    assert.equal((await form.json({ ...jane, message: `${i}` }, { from: `2001:db8::${i}` })).status, 201)
  const refused = await form.json(jane, { from: '2001:db8::ffff' })
  assert.deepEqual([refused.status, refused.body.code], [429, 'too_many_posts'])
  assert.ok(Number(refused.headers['retry-after']) > 0)
  const page = await form.encoded(jane, { from: '2001:db8::1' })
  assert.equal(page.status, 429)
  assert.match(page.text, /Too many messages[^]*Where is my parcel\?/)
  assert.equal((await form.json(jane, { from: '203.0.113.1' })).status, 201)
})

test('posts that are being taken in share a room: beyond it 503, and whoever goes away leaves it', async (t) => {
  const { app, url } = await startForm(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const start = Buffer.from('--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n')
  const post = () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const sending = request({ port, host: '127.0.0.1', path: url, method: 'POST', headers }).on('error', () => {})
    sending.write(start)
    return sending
  }
  const held: ClientRequest[] = []
  for (let left = limits.uploadBytesAtOnce; left > 0; left -= limits.uploadBytes) {
    const sending = post()
    // long enough in small pieces that the server has nearly all of it
    for (let sent = 0; sent < limits.uploadBytes; sent += limits.uploadBytes / 25)
      await new Promise((resolve) => sending.write(Buffer.alloc(limits.uploadBytes / 25), resolve))
    held.push(sending)
  }
  const answer = async () => {
    const sending = post()
    sending.end(Buffer.concat([Buffer.alloc(4 * 1024 * 1024), Buffer.from('\r\n--x--\r\n')]))
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  assert.equal(await answer(), 503)
  for (const sending of held) sending.destroy()
  let status = 503
  for (let tries = 0; status === 503 && tries < 8; tries++) {
    await setTimeout(500)
    status = (await answer())!
  }
  // read, and found to have no email
  assert.equal(status, 400)
})

test('no other channel is a form, and a closed one is none', async (t) => {
  const form = await startForm(t)
  const { body } = await form.inbox.post('/channels', { kind: 'CHAT', name: 'Chat', allowedOrigins: ['*'] })
  for (const path of [`/forms/${body.channel.id}`, '/forms/chn_none', `/forms/${body.channel.id}/thanks`])
    assert.equal((await form.ask('GET', path)).body.message, 'Channel not found.')
  assert.equal((await form.inbox.delete(`/channels/${form.id}`)).status, 204)
  const closed = await form.encoded(jane)
  assert.equal(closed.status, 404)
  assert.match(closed.text, /Channel not found\.[^]*what you typed is still there/)
})
