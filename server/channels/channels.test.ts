import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { makeConversation } from '../../test/make.ts'
import { sql } from '../db/sql.ts'

test('a channel of each kind is made, listed, changed and closed', async (t) => {
  const { inbox } = await startApp(t)
  const make = async (wanted: object) => {
    const { status, body } = await inbox.post('/channels', wanted)
    assert.equal(status, 201, body.message)
    return body.channel
  }
  const mail = await make({
    kind: 'EMAIL',
    name: 'Support',
    email: 'Support@example.com',
    smtpUrl: 'smtp://user:hush-hush@mail.example.com:587',
  })
  assert.match(mail.id, /^chn_[0-9A-Za-z]{24}$/)
  assert.deepEqual(mail, {
    id: mail.id,
    kind: 'EMAIL',
    name: 'Support',
    email: 'Support@example.com',
    smtpUrl: 'smtp://user@mail.example.com:587',
    publishableKey: null,
    allowedOrigins: [],
    fields: [],
    returnTo: null,
    plusAddresses: true,
    senderName: 'AGENT',
    greeting: null,
    color: null,
    position: null,
    createdAt: mail.createdAt,
  })
  const { identitySecret, ...chat } = await make({
    kind: 'CHAT',
    name: 'Website',
    allowedOrigins: ['https://Shop.example:443', 'http://localhost:8080'],
  })
  assert.match(chat.publishableKey, /^pk_[0-9A-Za-z]{24}$/)
  assert.match(identitySecret, /^[0-9A-Za-z]{43}$/)
  assert.deepEqual(chat.allowedOrigins, ['https://shop.example', 'http://localhost:8080'])
  const form = await make({
    kind: 'FORM',
    name: 'Contact us',
    fields: [{ name: 'orderNumber', label: 'Order number' }],
    returnTo: 'https://shop.example/thanks',
  })
  assert.deepEqual(form.fields, [{ name: 'orderNumber', label: 'Order number', required: false }])
  assert.deepEqual(form.allowedOrigins, ['*'])

  const list = (await inbox.get('/channels')).body.channels
  assert.deepEqual(list, { items: [mail, chat, form], hasMore: false, cursor: null })
  assert.doesNotMatch(JSON.stringify(list), new RegExp(`hush-hush|${identitySecret}`))
  const changed = await inbox.patch(`/channels/${mail.id}`, { name: 'Help', email: 'help@example.com', smtpUrl: null })
  assert.deepEqual(changed.body.channel, { ...mail, name: 'Help', email: 'help@example.com', smtpUrl: null })
  assert.deepEqual((await inbox.get(`/channels/${mail.id}`)).body.channel, changed.body.channel)

  assert.equal((await inbox.delete(`/channels/${form.id}`)).status, 204)
  for (const answer of [
    await inbox.get(`/channels/${form.id}`),
    await inbox.patch(`/channels/${form.id}`, { name: 'x' }),
    await inbox.delete(`/channels/${form.id}`),
  ])
    assert.deepEqual([answer.status, answer.body.message], [404, 'Channel not found.'])
})

test('an address belongs to one channel, and closing the channel frees it', async (t) => {
  const { inbox } = await startApp(t)
  const wanted = { kind: 'EMAIL', name: 'Support', email: 'support@example.com' }
  const made = await Promise.all([
    inbox.post('/channels', wanted),
    inbox.post('/channels', { ...wanted, email: 'SUPPORT@example.com' }),
  ])
  assert.equal(made[0].status + made[1].status, 201 + 409)
  const own = made.find(({ status }) => status === 201)!.body.channel
  const second = (await inbox.post('/channels', { ...wanted, email: 'second@example.com' })).body.channel
  const refused = await inbox.patch(`/channels/${second.id}`, { email: 'support@example.com' })
  assert.deepEqual(
    [refused.status, refused.body.message],
    [409, 'Another channel of this workspace has this email address.'],
  )
  assert.equal((await inbox.patch(`/channels/${own.id}`, { email: 'Support@example.com' })).status, 200)
  assert.equal((await inbox.delete(`/channels/${own.id}`)).status, 204)
  assert.equal((await inbox.patch(`/channels/${second.id}`, { email: 'support@example.com' })).status, 200)
})

test('the same Idempotency-Key makes one channel and gives the same answer again, secret and all', async (t) => {
  const { inbox } = await startApp(t)
  const make = () =>
    inbox.post('/channels', { kind: 'CHAT', name: 'Website', allowedOrigins: ['*'] }, { 'idempotency-key': 'once' })
  const first = await make()
  assert.equal((await make()).text, first.text)
  assert.ok(first.body.channel.identitySecret)
  assert.equal((await inbox.get('/channels')).body.channels.items.length, 1)
})

test('a channel is one workspace’s own, and for programs only', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const { body } = await inbox.post('/channels', { kind: 'FORM', name: 'Contact us' })
  const other = await newInbox()
  const path = `/channels/${body.channel.id}`
  for (const { status } of [await other.get(path), await other.patch(path, { name: 'x' }), await other.delete(path)])
    assert.equal(status, 404)
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  assert.equal((await agent.get('/channels')).status, 403)
  assert.equal((await agent.post('/channels', { kind: 'FORM', name: 'x' })).status, 403)
})

test('refusals name the field', async (t) => {
  const { inbox } = await startApp(t)
  for (const [body, sentence] of [
    [{ kind: 'FAX', name: 'x' }, /^kind must be one of EMAIL, CHAT, FORM/],
    [{ kind: 'EMAIL', name: 'x' }, /^email is required/],
    [{ kind: 'EMAIL', name: 'x\r\nBcc: a@b.c', email: 'a@example.com' }, /^name must be one line/],
    [{ kind: 'EMAIL', name: 'x', email: 'nobody' }, /^Invalid email address format/],
    [{ kind: 'EMAIL', name: 'x', email: 'a@example.com', smtpUrl: 'http://x' }, /^smtpUrl must be a URL like smtp:/],
    [{ kind: 'EMAIL', name: 'x', email: 'a@example.com', smtpUrl: 'smtp://[' }, /^smtpUrl must be a URL like smtp:/],
    [{ kind: 'EMAIL', name: 'x', email: 'a@example.com', returnTo: null }, /^returnTo is not a field of a channel of/],
    [{ kind: 'CHAT', name: 'x' }, /^allowedOrigins is required/],
    [{ kind: 'CHAT', name: 'x', allowedOrigins: ['https://a.example/path'] }, /must be \* or an origin/],
    [{ kind: 'CHAT', name: 'x', allowedOrigins: ['https://[a'] }, /must be \* or an origin/],
    [{ kind: 'FORM', name: 'x', returnTo: 'javascript:alert(1)' }, /^returnTo must be a http/],
    [{ kind: 'FORM', name: 'x', fields: [{ name: '__proto__', label: 'x' }] }, /name must begin with a small letter/],
    [{ kind: 'FORM', name: 'x', fields: [{ name: 'email', label: 'x' }] }, /must not be email: that word is taken/],
    [{ kind: 'FORM', name: 'x', fields: [{ name: 'constructor', label: 'x' }] }, /must not be constructor/],
    [{ kind: 'FORM', name: 'x', fields: [1, 2].map(() => ({ name: 'a', label: 'A' })) }, /^fields holds a name twice/],
    [{ kind: 'FORM', name: 'x', secret: 'mine' }, /^secret is not a field of this request/],
  ] as const) {
    const answer = await inbox.post('/channels', body)
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.match(answer.body.message, sentence)
  }
})

test('a reply in a chat has arrived when it is stored; anywhere else it waits to be mailed', async (t) => {
  const { inbox, db } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const answer = async () => (await inbox.post(`/conversations/${id}/messages`, { contentText: 'Hi' })).body.message
  assert.equal((await answer()).status, 'PENDING')
  const { body } = await inbox.post('/channels', { kind: 'CHAT', name: 'Website', allowedOrigins: ['*'] })
  await db.run(sql`update conversations set channel_id = ${body.channel.id} where id = ${id}`)
  const { status, sentAt, createdAt } = await answer()
  assert.deepEqual([status, sentAt], ['SENT', createdAt])
  const { thread } = (await inbox.get(`/conversations/${id}/messages`)).body
  assert.deepEqual(thread.channel, { id: body.channel.id, name: 'Website', email: null })
})
