import assert from 'node:assert/strict'
import test from 'node:test'
import { join } from '../../test/agents.ts'
import { startApp, type Inbox } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { limits } from '../limits.ts'
import { sql } from '../db/sql.ts'
import { previewOf } from './quoted.ts'

test('a thread is read oldest first, page by page, with the documented keys', async (t) => {
  const { inbox } = await startApp(t)
  const { id, contactId } = await makeConversation(inbox, { email: 'jane@example.com', text: 'm0' })
  for (let i = 1; i < 7; i++) await customerWrites(inbox, id, `m${i}`)
  const { thread } = (await inbox.get(`/conversations/${id}/messages?limit=3`)).body
  assert.deepEqual(thread.conversation, {
    id,
    status: 'OPEN',
    source: 'API',
    subject: 'Billing question',
    summary: 'm0',
  })
  assert.deepEqual(thread.contact, { id: contactId, email: 'jane@example.com', name: 'jane' })
  assert.equal(thread.channel, null)
  const [first, second] = thread.messages.items
  assert.deepEqual(first, {
    id: first.id,
    direction: 'OUTBOUND',
    senderType: 'AGENT',
    note: false,
    isUnread: false,
    contentText: 'm0',
    contentHtml: null,

    contentPreview: 'm0',
    status: 'PENDING',
    attachments: [],
    agentId: null,
    createdAt: first.createdAt,
    sentAt: null,
    failureReason: null,
    attempts: 0,
    lastError: null,
    nextAttemptAt: null,
    isAutomatic: false,
    automatic: false,
    from: null,
    to: [{ name: 'jane', email: 'jane@example.com' }],
    cc: [],
    bcc: [],
    replyTo: null,
    claimsToBeOurs: false,
    hasRawMail: false,
  })
  assert.deepEqual(
    [second.direction, second.senderType, second.status, second.sentAt],
    ['INBOUND', 'CUSTOMER', 'SENT', second.createdAt],
  )
  const texts: string[] = thread.messages.items.map((message: any) => message.contentText)
  for (let { cursor } = thread.messages; cursor;) {
    const { messages } = (await inbox.get(`/conversations/${id}/messages?limit=3&cursor=${cursor}`)).body.thread
    texts.push(...messages.items.map((message: any) => message.contentText))
    cursor = messages.cursor
  }
  assert.deepEqual(texts, ['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6'])
})

test('a thread is read from its newest message back, page by page, and each message is read alone', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', text: 'm0' })
  for (let i = 1; i < 7; i++) await customerWrites(inbox, id, `m${i}`)
  const path = `/conversations/${id}/messages`
  const page = async (query: string) => (await inbox.get(`${path}?limit=3${query}`)).body.thread.messages
  const textsOf = (items: any[]) => items.map(({ contentText }) => contentText)
  const newest = await page('&order=desc')
  assert.deepEqual(textsOf(newest.items), ['m6', 'm5', 'm4'])
  await customerWrites(inbox, id, 'm7')
  const earlier = await page(`&order=desc&cursor=${newest.cursor}`)
  assert.deepEqual(textsOf(earlier.items), ['m3', 'm2', 'm1'])
  const first = await page(`&order=desc&cursor=${earlier.cursor}`)
  assert.deepEqual([textsOf(first.items), first.hasMore, first.cursor], [['m0'], false, null])
  assert.deepEqual(await page('&order=asc'), await page(''))
  for (const query of ['', '&order=asc'])
    assert.equal((await inbox.get(`${path}?cursor=${newest.cursor}${query}`)).body.code, 'invalid_cursor')
  const { cursor } = await page('')
  assert.equal((await inbox.get(`${path}?order=desc&cursor=${cursor}`)).body.code, 'invalid_cursor')
  assert.match((await inbox.get(`${path}?order=newest`)).body.message, /^order must be one of asc, desc/)
  for (const message of newest.items) assert.deepEqual((await inbox.get(`${path}/${message.id}`)).body, { message })
  const other = await makeConversation(inbox, { email: 'bob@example.com' })
  const elsewhere = `/conversations/${other.id}/messages/${newest.items[0].id}`
  for (const wrong of [elsewhere, `${path}/msg_none`])
    assert.equal((await inbox.get(wrong)).body.message, 'Message not found.')
})

test("what is written with a user's key carries that agent's id", async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
  const [agent] = (await ada.get('/agents')).body.agents.items
  const { body, status } = await ada.post(`/conversations/${id}/messages`, { contentText: 'On it.' })
  assert.deepEqual([status, body.message.agentId, body.message.status], [201, agent.id, 'PENDING'])
  const refused = await ada.post(`/conversations/${id}/messages`, {
    contentText: 'I am the customer',
    direction: 'INBOUND',
  })
  assert.deepEqual([refused.status, refused.body.error], [403, 'Forbidden'])
  const started = await ada.post('/conversations', {
    email: 'bob@example.com',
    subject: 'Hello',
    contentText: 'Hi Bob',
  })
  const { items } = (await ada.get(`/conversations/${started.body.conversation.id}/messages`)).body.thread.messages
  assert.equal(items[0].agentId, agent.id)
})

test('an internal note changes no preview, no last message, no unread count, and is found', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', text: 'First' })
  const before = (await inbox.get('/customers')).body
  const noted = await inbox.post(`/conversations/${id}/messages`, { contentText: 'She is a vip customer', note: true })
  assert.deepEqual([noted.status, noted.body.message.note, noted.body.message.direction], [201, true, 'SYSTEM'])
  assert.deepEqual((await inbox.get('/customers')).body, before)
  assert.equal((await inbox.get('/search?q=vip')).body.results.messages.length, 1)
  const both = await inbox.post(`/conversations/${id}/messages`, {
    contentText: 'x',
    note: true,
    direction: 'OUTBOUND',
  })
  assert.deepEqual([both.status, both.body.message], [400, 'note and direction exclude each other.'])
})

test('HTML is cleaned before it is stored: nothing that runs, loads or leaves the frame', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const html = [
    '<p>Hello <b>Jane</b></p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>',
    '<iframe src="https://evil.example"></iframe><svg onload=alert(4)><style>p{}</style><form action="https://evil.example"><input></form>',
    '<a href="https://example.com">link</a><img src="cid:logo@x">',
  ].join('')
  const { body } = await inbox.post(`/conversations/${id}/messages`, { contentText: 'Hello Jane', contentHtml: html })
  const clean: string = body.message.contentHtml
  assert.match(clean, /<p>Hello <b>Jane<\/b><\/p>/)
  assert.match(clean, /<a href="https:\/\/example.com">link<\/a><img src="cid:logo@x" \/>/)
  assert.doesNotMatch(clean, /script|onerror|onload|iframe|svg|style|form|input|javascript/i)
})

test('HTML that is nested without end is refused by name and holds up nobody', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const post = (contentHtml: string) => inbox.post(`/conversations/${id}/messages`, { contentText: 'x', contentHtml })
  const [deep, mismatched, mixed, fine] = await Promise.all([
    post('<b>'.repeat(300_000)),
    post('<div>x</span>'.repeat(70_000)),
    post('<li><dt>'.repeat(100_000)),
    post(`${'<p>one<p>two<br><ul><li>three<li>four</ul>'.repeat(500)}<table>${'<tr><td>a<td>b'.repeat(500)}</table>`),
  ])
  for (const { status, body } of [deep, mismatched, mixed])
    assert.deepEqual([status, body.message], [400, 'contentHtml cannot be cleaned: nested deeper than 200 elements.'])
  assert.equal(fine.status, 201)
})

test('a page of large messages is shorter than its limit, and the walk still sees each once', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', text: '0' })
  for (let i = 1; i <= 12; i++) await customerWrites(inbox, id, `${i} ${'x'.repeat(250_000)}`)
  const walk = async (order: string) => {
    const seen: number[] = []
    for (let cursor = ''; ;) {
      const path = `/conversations/${id}/messages?limit=100&order=${order}${cursor}`
      const { messages } = (await inbox.get(path)).body.thread
      assert.ok(messages.items.length >= 1 && messages.items.length <= 5)
      seen.push(...messages.items.map((message: any) => Number(message.contentText.split(' ')[0])))
      if (!messages.hasMore) return seen
      cursor = `&cursor=${messages.cursor}`
    }
  }
  const all = Array.from({ length: 13 }, (_, i) => i)
  assert.deepEqual(await walk('asc'), all)
  assert.deepEqual(await walk('desc'), all.toReversed())
})

test('long texts come as they were written, in the list and alone, whatever is at the ends of their parts', async (t) => {
  const { inbox, db } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', text: '0' })
  // what stands for a text until it is sent, as a customer could write it; pairs of code units; what JSON escapes
  const parts = ['\\u00000\\u0000', '😀', '漢', '"\\\n\t', '\u2028', 'é']
  const lengths = [limits.textAtOnce, limits.textPart].flatMap((length) => [length - 1, length, length + 1])
  for (const length of [...lengths, 2 * limits.textPart]) {
    for (const [i, part] of parts.entries()) {
      const contentText = `${'x'.repeat(i)}${part.repeat(Math.ceil(length / [...part].length))}`
      const message = await customerWrites(inbox, id, contentText)
      const path = `/conversations/${id}/messages`
      const newest = await inbox.get(`${path}?order=desc&limit=1`)
      assert.equal(newest.headers['content-type'], 'application/json; charset=utf-8')
      assert.deepEqual(newest.body.thread.messages.items, [message])
      assert.equal(message.contentText, contentText)
      assert.deepEqual((await inbox.get(`${path}/${message.id}`)).body, { message })
    }
  }
  await db.run(sql`update messages set content_html = content_text where conversation_id = ${id}`)
  const { items } = (await inbox.get(`/conversations/${id}/messages?order=desc&limit=1`)).body.thread.messages
  assert.equal(items[0].contentHtml, items[0].contentText)
})

test('refusals name the field', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  for (const [body, sentence] of [
    [{}, /^contentText is required/],
    [{ contentText: ' \n' }, /^contentText must not be blank/],
    [{ contentText: 'x', direction: 'SYSTEM' }, /^direction must be one of OUTBOUND, INBOUND/],
    [{ contentText: 'x', status: 'SENT' }, /^status is not a field/],
    [{ contentText: 'x', createdAt: '2020-01-01' }, /^createdAt is not a field/],
    [{ contentText: 'x', note: 'yes' }, /^note must be a boolean/],
  ] as const) {
    const answer = await inbox.post(`/conversations/${id}/messages`, body)
    assert.equal(answer.status, 400)
    assert.match(answer.body.message, sentence)
  }
  const other = await newInbox()
  assert.equal((await other.get(`/conversations/${id}/messages`)).body.message, 'Conversation not found.')
  assert.equal((await other.post(`/conversations/${id}/messages`, { contentText: 'x' })).status, 404)
  const subject = await inbox.post('/conversations', { email: 'a@b.co', subject: 'x\r\nBcc: y@z.co', contentText: 'x' })
  assert.match(subject.body.message, /^subject must be one line/)
})

test('any text comes back byte for byte', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const texts = [
    '  spaces\t\r\n\n',
    'ÅÄÖ é e\u0301',
    '👩‍👩‍👧‍👦 🏳️‍🌈',
    'العربية',
    '‮reversed',
    "'; drop table messages; --",
    '\u0001\u007f\ufeff',
    '<b>&amp;</b>',
    '𝒳\uffff',
  ]
  for (const contentText of texts) await customerWrites(inbox, id, contentText)
  const { items } = (await inbox.get(`/conversations/${id}/messages?limit=100`)).body.thread.messages
  assert.deepEqual(
    items.slice(1).map((message: any) => message.contentText),
    texts,
  )
})

test('a preview is one line of at most 140 characters without quoted history or signature', () => {
  assert.equal(previewOf('Thanks!\n\nOn Mon, 2 Mar 2026 at 10:00, Ada <ada@x.y> wrote:\n> Hello\n> there'), 'Thanks!')
  assert.equal(previewOf('Yes.\n\n-----Original Message-----\nFrom: Ada'), 'Yes.')
  assert.equal(previewOf('> quoted first\n\nmy answer\n-- \nJane Doe\nCEO'), 'my answer')
  assert.equal(previewOf('Am 2. März 2026 schrieb Ada Lovelace:\n> Hallo\nAntwort'), 'Antwort')
  assert.equal(previewOf('> only\n> quotes'), '> only > quotes')
  assert.equal(previewOf(`${'x'.repeat(139)}😀😀`).length, 140)
  assert.ok(previewOf(`${'x'.repeat(138)}😀😀`).isWellFormed())
  assert.equal(previewOf(''), '')
})

test('what was written without knowing what others wrote is refused', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const [ada, bo] = [await join(started, inbox, { name: 'Ada' }), await join(started, inbox, { name: 'Bo' })]
  const { id, messageId } = await makeConversation(inbox, { email: 'jane@example.com' })
  const write = (by: Inbox, after: string, more = {}) =>
    by.post(`/conversations/${id}/messages`, { contentText: 'Thank you', after, ...more })
  const known = (await write(ada, messageId)).body.message.id
  assert.equal((await write(ada, messageId)).status, 201)
  const { status, body } = await write(bo, messageId)
  assert.deepEqual([status, body.code], [409, 'others_wrote'])
  assert.equal((await write(bo, known, { note: true })).status, 409)
  const { items } = (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages
  assert.equal(items.length, 3)
  assert.equal((await write(bo, items.at(-1).id)).status, 201)
  await customerWrites(inbox, id, 'Never mind')
  assert.equal((await write(ada, items.at(-1).id)).status, 409)
  assert.equal((await write(ada, `msg_${'0'.repeat(24)}`)).body.code, 'message_not_found')
  assert.equal((await write(ada, 'nothing')).body.message, 'after must be the id of a message.')
  assert.equal((await write(inbox, messageId, { direction: 'INBOUND' })).status, 400)
})

test('of two who answer at once, the second is told', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const agents = await Promise.all(['Ada', 'Bo', 'Cy'].map((name) => join(started, inbox, { name })))
  const { id, messageId: after } = await makeConversation(inbox, { email: 'jane@example.com' })
  const answers = await Promise.all(
    agents.map((agent) => agent.post(`/conversations/${id}/messages`, { contentText: 'It is on its way.', after })),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 409, 409],
  )
})
