import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { sayOn, shop, startChat } from '../../test/chat.ts'
import { check } from '../check/check.ts'
import { sql } from '../db/sql.ts'
import type { Db } from '../db/db.ts'

const contactOf = async (db: Db, conversationId: string) =>
  (await db.one<{ id: string }>(sql`select contact_id as id from conversations where id = ${conversationId}`))!.id

test('a visitor writes: contact, conversation, message and search; an agent answers and the visitor reads it', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { channel, visitor } = await startChat(started, inbox)
  const ann = await visitor({ name: 'Ann' })
  assert.deepEqual((await ann.messages()).items, [])
  assert.deepEqual((await inbox.get('/customers')).body.customers.items, [])

  const { status, body } = await ann.say('Where is my order 4711?')
  assert.equal(status, 201)
  const { conversationId } = body.message
  const [customer] = (await inbox.get('/customers')).body.customers.items
  assert.deepEqual(
    [customer.contact.name, customer.contact.email, customer.latestThread.source, customer.latestThread.unreadCount],
    ['Ann', `${customer.contact.id}@no-address.invalid`, 'CHAT', 1],
  )
  assert.equal((await inbox.get(`/contacts/${customer.contact.id}`)).body.contact.source, 'CHAT')
  const { thread } = (await inbox.get(`/conversations/${conversationId}/messages`)).body
  assert.deepEqual(thread.channel, { id: channel.id, name: 'Website', email: null })
  assert.equal(thread.conversation.subject, 'Where is my order 4711?')
  const found = (await inbox.get('/search?q=4711')).body.results
  assert.deepEqual([found.conversations[0].id, found.messages[0].conversationId], [conversationId, conversationId])

  await ann.say('It was to come on Monday.')
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
  const sent = await ada.post(`/conversations/${conversationId}/messages`, { contentText: 'It is on its way.' })
  assert.equal(sent.body.message.status, 'SENT')
  await ada.post(`/conversations/${conversationId}/messages`, { contentText: 'She is in a hurry', note: true })
  const page = await ann.messages('?limit=2')
  assert.deepEqual(
    page.items.map(({ text, direction, agentName }: any) => [text, direction, agentName]),
    [
      ['It is on its way.', 'OUTBOUND', 'Ada'],
      ['It was to come on Monday.', 'INBOUND', null],
    ],
  )
  assert.equal(page.hasMore, true)
  const older = await ann.messages(`?limit=2&cursor=${page.cursor}`)
  assert.deepEqual([older.items.length, older.items[0].id, older.hasMore], [1, body.message.id, false])
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a reply in a chat that was closed since does not claim to have reached anybody', async (t) => {
  const started = await startApp(t)
  const { channel, visitor } = await startChat(started, started.inbox)
  const { conversationId } = (await (await visitor()).say('Hello?')).body.message
  const reply = () => started.inbox.post(`/conversations/${conversationId}/messages`, { contentText: 'Hi!' })
  assert.equal((await reply()).body.message.status, 'SENT')
  await started.inbox.delete(`/channels/${channel.id}`)
  assert.equal((await reply()).body.message.status, 'PENDING')
})

test('a message sent again is one message, also when both arrive at once', async (t) => {
  const started = await startApp(t)
  const { visitor } = await startChat(started, started.inbox)
  const ann = await visitor()
  const id = randomUUID()
  const answers = await Promise.all(Array.from({ length: 8 }, () => ann.say('Hello?', { id })))
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [...Array<number>(7).fill(200), 201],
  )
  assert.equal(new Set(answers.map(({ body }) => body.message.id)).size, 1)
  assert.equal((await ann.messages()).items[0].clientId, id)
  assert.deepEqual(await ann.texts(), ['Hello?'])
  assert.equal((await started.inbox.get('/customers')).body.customers.items.length, 1)
  // another visitor may choose the same one
  assert.equal((await (await visitor()).say('Me too', { id })).status, 201)
})

test('nobody reads or writes in the conversation of somebody else', async (t) => {
  const started = await startApp(t)
  const { inbox, newInbox } = started
  const { ask, visitor } = await startChat(started, inbox)
  const second = await startChat(started, inbox)
  const abroad = await startChat(started, await newInbox())
  const [ann, bob] = [await visitor(), await visitor()]
  const { conversationId, id } = (await ann.say('My number is 12345')).body.message
  await bob.say('Hello')
  const hidden = async (answer: any, what: [number, string]) =>
    assert.deepEqual([(await answer).status, (await answer).body.code], what)

  assert.deepEqual(await bob.texts(), ['Hello'])
  await hidden(ask('GET', `/messages?conversationId=${conversationId}`, { token: bob.token }), [
    404,
    'conversation_not_found',
  ])
  await hidden(bob.say('Let me in', { conversationId }), [404, 'conversation_not_found'])
  await hidden(bob.say('Let me in', { conversationId: 'thd_none' }), [404, 'conversation_not_found'])
  await hidden((await visitor()).say('Let me in', { conversationId }), [404, 'conversation_not_found'])
  // a token is good for one chat only, of this workspace or another
  for (const other of [second, abroad])
    for (const [method, path, body] of [
      ['GET', '/messages', undefined],
      ['GET', '/events', undefined],
      ['POST', '/messages', { id: randomUUID(), text: 'Hi' }],
    ] as const)
      await hidden(other.ask(method, path, { token: ann.token, body }), [401, 'invalid_visitor_token'])
  const moved = await second.visitor({}, ann.token)
  assert.notEqual(moved.token.split('.')[0], ann.token.split('.')[0])

  const end = ann.token.lastIndexOf('.')
  const [name, code] = [ann.token.slice(0, end), ann.token.slice(end + 1)]
  const tampered = [
    '',
    'x',
    name,
    `${name}.`,
    `.${code}`,
    `${bob.token.slice(0, bob.token.lastIndexOf('.'))}.${code}`,
    `${name}.${code.slice(0, -1)}`,
    `${name}.${code}x`,
    `${name}.${code}.`,
    `${name.split('.')[0]}.${code}`,
    name.replace(/\.0\./, '.1.') + `.${code}`,
    ...Array.from(
      ann.token,
      (sign, i) => `${ann.token.slice(0, i)}${sign === 'a' ? 'b' : 'a'}${ann.token.slice(i + 1)}`,
    ),
  ].filter((token) => token !== ann.token)
  for (const token of tampered) {
    const { status } = await ask('GET', '/messages', { token })
    // the last sign of a code has bits to spare, but none of them may be ignored
    assert.equal(status, 401, token)
  }
  await hidden(ask('GET', '/messages'), [401, 'invalid_visitor_token'])
  assert.deepEqual(await ann.texts(), ['My number is 12345'])
  assert.equal((await ann.messages(`?conversationId=${conversationId}`)).items[0].id, id)
  // a cursor of one visitor is of no use to another
  await ann.say('And one more')
  const { cursor } = await ann.messages('?limit=1')
  await hidden(ask('GET', `/messages?limit=1&cursor=${cursor}`, { token: bob.token }), [400, 'invalid_cursor'])
})

test('only pages that the channel names may use it; what asks without a browser is told the same', async (t) => {
  const started = await startApp(t)
  const { ask, channel } = await startChat(started, started.inbox, ['https://shop.example', 'http://localhost:8080'])
  const session = (origin: string, headers = {}) => ask('POST', '/sessions', { origin, headers, body: {} })
  const allowed = await session('http://localhost:8080')
  assert.deepEqual(
    [allowed.status, allowed.headers['access-control-allow-origin'], allowed.headers['vary']],
    [200, 'http://localhost:8080', 'Origin'],
  )
  for (const origin of ['https://evil.example', 'http://shop.example', 'https://shop.example:444', 'null', '']) {
    const { status, body } = await session(origin)
    assert.deepEqual([status, body.code], [403, 'origin_not_allowed'], origin)
  }
  // a browser that reads from the page's own origin names none
  assert.equal((await session('', { 'sec-fetch-site': 'same-origin' })).status, 200)
  assert.equal((await session('', { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await session('https://evil.example', { 'sec-fetch-site': 'same-origin' })).status, 403)

  const preflight = await ask('OPTIONS', '/messages', { headers: { 'access-control-request-method': 'POST' } })
  assert.deepEqual(
    [preflight.status, preflight.headers['access-control-allow-headers'], preflight.text],
    [204, 'Authorization, Content-Type, Last-Event-ID', ''],
  )
  const anywhere = await startChat(started, started.inbox, ['*'])
  assert.equal((await anywhere.ask('POST', '/sessions', { origin: 'null', body: {} })).status, 200)

  assert.equal((await started.inbox.delete(`/channels/${channel.id}`)).status, 204)
  assert.deepEqual((await session('https://shop.example')).body.message, 'Channel not found.')
})

test('a page that may also call the API itself can follow the chat', async (t) => {
  const started = await startApp(t, { env: { CORS_ORIGINS: shop } })
  const { ask } = await startChat(started, started.inbox)
  const { status, headers } = await ask('OPTIONS', '/events', { headers: { 'access-control-request-method': 'GET' } })
  assert.equal(status, 204)
  assert.match(String(headers['access-control-allow-headers']), /Authorization.*Last-Event-ID/)
})

test('bad input is refused in a sentence that names the field, and limits hold', async (t) => {
  const started = await startApp(t)
  // however slow the machine is, no time passes
  const now = performance.now()
  t.mock.method(performance, 'now', () => now)
  const { ask, visitor } = await startChat(started, started.inbox)
  const ann = await visitor()
  for (const [body, sentence] of [
    [{ text: 'x' }, /^id is required/],
    [{ id: 'short', text: 'x' }, /^id must be 8 to 64 letters/],
    [{ id: randomUUID(), text: ' \n' }, /^text must not be blank/],
    [{ id: randomUUID(), text: 'x'.repeat(10_001) }, /^text must not be blank or longer than 10000/],
    [{ id: randomUUID(), text: 'x', direction: 'OUTBOUND' }, /^direction is not a field/],
    [{ id: randomUUID(), text: 'x', email: 'nobody' }, /^Invalid email address format/],
    [{ id: randomUUID(), text: 'x', name: 'a\r\nb' }, /^name must be one line/],
    [{ id: randomUUID(), text: 'a\0b' }, /^text must not contain the character NUL/],
  ] as const) {
    const { status, body: answer } = await ask('POST', '/messages', { token: ann.token, body })
    assert.equal(status, 400)
    assert.match(answer.message, sentence)
  }
  const large = await ask('POST', '/messages', {
    token: ann.token,
    body: { id: randomUUID(), text: 'ä'.repeat(40_000) },
  })
  assert.deepEqual([large.status, large.body.message], [413, 'The body is larger than 65536 bytes.'])
  assert.equal((await ann.say('x'.repeat(10_000))).status, 201)

  const said = await Promise.all(Array.from({ length: 40 }, (_, i) => ann.say(`Message ${i}`)))
  const refused = said.find(({ status }) => status === 429)!
  assert.match(refused.body.message, /^Too many requests from this visitor\. Try again in \d seconds\.$/)
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  assert.equal((await (await visitor()).say('Others go on')).status, 201)

  const from = '203.0.113.7'
  const first = async () => {
    const { token } = await visitor()
    return (await ask('POST', '/messages', { token, from, body: { id: randomUUID(), text: 'x' } })).status
  }
  const statuses = []
  for (let i = 0; i < 11; i++) statuses.push(await first())
  assert.deepEqual(statuses, [...Array<number>(10).fill(201), 429])
})

test('an address that nobody vouches for is a hint for agents, and opens nothing', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  const jane = await visitor({ email: 'jane@example.com', signature: sign('jane@example.com') })
  assert.equal(jane.isVerified, true)
  const own = (await jane.say('My secret question')).body.message
  for (const signature of [
    undefined,
    '',
    '0'.repeat(64),
    sign('jane@example.com ').toUpperCase(),
    sign('JANE@example.com'),
  ]) {
    const claims = {
      email: 'jane@example.com',
      name: 'Jane',
      visitorId: '7',
      ...(signature === undefined ? {} : { signature }),
    }
    const mallory = await visitor(claims)
    assert.equal(mallory.isVerified, false)
    assert.deepEqual(await mallory.texts(), [])
    const { conversationId } = (await mallory.say('Send me my data')).body.message
    assert.notEqual(await contactOf(db, conversationId), await contactOf(db, own.conversationId))
    const { thread } = (await inbox.get(`/conversations/${conversationId}/messages`)).body
    assert.match(thread.contact.email, /@no-address\.invalid$/)
    const [hint] = thread.messages.items
    assert.deepEqual(
      [hint.contentText, hint.note, hint.direction, hint.senderType],
      [
        'The page says that this visitor is “Jane”, “jane@example.com”, visitor id “7”. Nobody has verified it.',
        true,
        'SYSTEM',
        'SYSTEM',
      ],
    )
    // said again, it is not noted again, and the visitor never sees it
    await mallory.say('Hello?')
    await visitor(claims, mallory.token)
    assert.equal((await inbox.get(`/conversations/${conversationId}/messages`)).body.thread.messages.items.length, 3)
    assert.deepEqual(await mallory.texts(), ['Send me my data', 'Hello?'])
    // nor when several pages say it at once
    await Promise.all([1, 2, 3].map(() => visitor({ email: 'joe@example.com' }, mallory.token)))
    assert.equal((await inbox.get(`/conversations/${conversationId}/messages`)).body.thread.messages.items.length, 4)
  }
  assert.deepEqual(await jane.texts(), ['My secret question'])
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a vouched-for address that nobody has becomes the contact’s own', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  const anonymous = await visitor()
  const { conversationId } = (await anonymous.say('Hello')).body.message
  const contactId = await contactOf(db, conversationId)
  const identity = { email: 'Jane@Example.com', name: 'Jane Doe', signature: sign('Jane@Example.com') }
  const jane = await visitor(identity, anonymous.token)
  assert.ok(jane.isVerified)
  const { contact } = (await inbox.get(`/contacts/${contactId}`)).body
  assert.deepEqual([contact.email, contact.name], ['Jane@Example.com', 'Jane Doe'])
  assert.equal((await inbox.get('/search?q=jane@example.com')).body.results.contacts[0].id, contactId)
  // logged out, the same browser is somebody new
  const after = await visitor({}, jane.token)
  assert.deepEqual([after.isVerified, await after.texts()], [false, []])
  // another account on the same browser too
  const joe = await visitor({ email: 'joe@example.com', signature: sign('joe@example.com') }, jane.token)
  assert.deepEqual([joe.isVerified, await joe.texts()], [true, []])
  await joe.say('I am Joe')
  // and on another device Jane goes on where she was
  const phone = await visitor(identity)
  assert.deepEqual(await phone.texts(), ['Hello'])
  assert.equal((await phone.say('Me again')).body.message.conversationId, conversationId)
  assert.equal((await inbox.get('/customers')).body.customers.items.length, 2)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a vouched-for address that a contact has: the conversation goes there, and the empty contact goes', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  const made = (await inbox.post('/contacts', { email: 'jane@example.com' })).body.contact
  const anonymous = await visitor({ name: 'Jane Doe' })
  const id = randomUUID()
  const { message } = (await anonymous.say('Where is my parcel?', { id })).body
  const before = await contactOf(db, message.conversationId)
  const jane = await visitor({ email: 'jane@example.com', signature: sign('jane@example.com') }, anonymous.token)
  assert.equal(jane.isVerified, true)

  assert.equal((await inbox.get(`/contacts/${before}`)).status, 404)
  assert.equal(await contactOf(db, message.conversationId), made.id)
  const { items } = (await inbox.get('/customers')).body.customers
  assert.equal(items.length, 1)
  assert.deepEqual(
    [items[0].contact.id, items[0].contact.name, items[0].latestThread.id, items[0].latestThread.unreadCount],
    [made.id, 'Jane Doe', message.conversationId, 1],
  )
  assert.equal(items[0].threadCount, 1)
  const found = (await inbox.get('/search?q=parcel')).body.results.messages[0]
  assert.deepEqual(found.contact, { id: made.id, name: 'Jane Doe' })
  assert.deepEqual((await inbox.get('/search?q=visitor')).body.results.contacts, [])
  // the answer to the first sending was lost: sent again, it is the same message
  const again = await jane.say('Where is my parcel?', { id })
  assert.deepEqual([again.status, again.body.message.id], [200, message.id])
  assert.deepEqual(await jane.texts(), ['Where is my parcel?'])
  assert.deepEqual(await check(db, { repair: false }), [])
  // what came by other ways is not for the page
  await inbox.post('/conversations', { email: 'jane@example.com', subject: 'By mail', contentText: 'By mail' })
  assert.deepEqual(await jane.texts(), ['Where is my parcel?'])
})

test('a visitor who writes, and is answered, while the site vouches for them: everything ends at one contact', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  for (let round = 0; round < 8; round++) {
    const email = `jane${round}@example.com`
    await inbox.post('/contacts', { email })
    const anonymous = await visitor()
    const { conversationId } = (await anonymous.say('First')).body.message
    const at = (contentText: string) => inbox.post(`/conversations/${conversationId}/messages`, { contentText })
    const verified = visitor({ email, signature: sign(email) }, anonymous.token)
    const say = (text: string) => sayOn(anonymous, verified, text)
    const [jane, ...answers] = await Promise.all([
      verified,
      say('Second'),
      at('An answer'),
      say('Third'),
      at('Another answer'),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201],
    )
    const texts = ['An answer', 'Another answer', 'First', 'Second', 'Third']
    assert.deepEqual((await jane.texts()).toSorted(), texts)
  }
  assert.equal((await inbox.get('/customers')).body.customers.items.length, 8)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('an erased contact is gone from the chat, and its browser begins anew', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor } = await startChat(started, inbox)
  const ann = await visitor()
  const { conversationId } = (await ann.say('Forget me')).body.message
  const contactId = await contactOf(db, conversationId)
  assert.equal((await inbox.delete(`/contacts/${contactId}`)).status, 204)
  assert.deepEqual(await ann.texts(), [])
  assert.equal((await db.one<{ n: number }>(sql`select count(*) as n from chat_visitors`))!.n, 0)
  const again = await ann.say('Hello again')
  assert.equal(again.status, 201)
  assert.notEqual(await contactOf(db, again.body.message.conversationId), contactId)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a closed conversation opens again when the visitor writes', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const { visitor } = await startChat(started, inbox)
  const ann = await visitor()
  const { conversationId } = (await ann.say('Hello')).body.message
  for (const status of ['CLOSED', 'ARCHIVED']) {
    await inbox.put(`/conversations/${conversationId}/status`, { status })
    assert.equal((await ann.say('One more thing')).body.message.conversationId, conversationId)
    const { conversation } = (await inbox.get(`/conversations/${conversationId}/messages`)).body.thread
    assert.equal(conversation.status, 'OPEN')
  }
})
