import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { mail } from '../../test/make.ts'
import { eventually } from '../../test/eventually.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import { sql } from '../db/sql.ts'
import { readAddresses } from '../mail/backfill.ts'

const us = 'help@example.com'

interface Letter {
  id: string
  from?: string
  to?: string
  cc?: string
  replyTo?: string
  subject?: string
  answers?: string
}

const letter = ({ id, from = 'Jane <jane@acme.example>', to = us, cc, replyTo, subject, answers }: Letter) =>
  mail(
    {
      From: from,
      To: to,
      ...(cc !== undefined && { Cc: cc }),
      ...(replyTo !== undefined && { 'Reply-To': replyTo }),
      ...(answers !== undefined && { 'In-Reply-To': answers }),
      Subject: subject ?? 'The order',
      'Message-ID': `<${id}@acme.example>`,
    },
    `Text of ${id}`,
  )

const start = async (t: TestContext, options: Parameters<typeof startMail>[1] = {}) => {
  const started = await startMail(t, options)
  const { inbox, db, send, world, conversations } = started
  const detailsOf = async (id: string) => (await inbox.get(`/conversations/${id}`)).body.conversation
  return {
    ...started,
    detailsOf,
    write: async (given: Letter) => {
      await send(letter(given))
    },
    /** The only conversation there is. */
    only: async () => {
      const found = await conversations()
      assert.equal(found.length, 1)
      return detailsOf(found[0].id)
    },
    answer: async (id: string, body: Record<string, unknown> = {}) => {
      const before = world.taken.length
      const answered = await inbox.post(`/conversations/${id}/messages`, { contentText: 'We answer.', ...body })
      assert.equal(answered.status, 201, answered.text)
      return { message: answered.body.message, sent: await world.nth(before + 1) }
    },
    assertConsistent: async () => assert.deepEqual(await check(db, { repair: false }), []),
  }
}

const emailsOf = (addresses: { email: string }[]) => addresses.map(({ email }) => email)

test('a message has From, To and Cc as its mail has them', async (t) => {
  const { write, only, messagesOf } = await start(t)
  await write({ id: '1', to: `"Help, Inc." <${us}>, Bob <BOB@acme.example>`, cc: 'carol@other.example' })
  const conversation = await only()
  const [message] = await messagesOf(conversation.id)
  assert.deepEqual(
    [message.from, message.to, message.cc, message.bcc],
    [
      { name: 'Jane', email: 'jane@acme.example' },
      [
        { name: 'Help, Inc.', email: us },
        { name: 'Bob', email: 'BOB@acme.example' },
      ],
      [{ name: '', email: 'carol@other.example' }],
      [],
    ],
  )
  assert.deepEqual(
    conversation.participants.map(({ email, role }: any) => [email, role]),
    [
      ['jane@acme.example', 'CONTACT'],
      ['BOB@acme.example', 'TO'],
      ['carol@other.example', 'CC'],
    ],
  )
})

test('a reply goes to everybody whom the mail went to', async (t) => {
  const { write, only, answer, messagesOf } = await start(t)
  await write({ id: '1', to: `${us}, bob@acme.example`, cc: 'Carol <carol@other.example>' })
  const { id, recipients } = await only()
  assert.deepEqual(emailsOf(recipients.to), ['jane@acme.example'])
  assert.deepEqual(emailsOf(recipients.cc), ['bob@acme.example', 'carol@other.example'])
  const { message, sent } = await answer(id)
  assert.deepEqual([emailsOf(message.to), emailsOf(message.cc)], [emailsOf(recipients.to), emailsOf(recipients.cc)])
  assert.equal(sent.header('to'), 'Jane <jane@acme.example>')
  assert.equal(sent.header('cc'), 'bob@acme.example, Carol <carol@other.example>')
  assert.deepEqual(sent.envelope.to, ['jane@acme.example', 'bob@acme.example', 'carol@other.example'])
  const [, stored] = await messagesOf(id)
  assert.deepEqual(emailsOf(stored.cc), ['bob@acme.example', 'carol@other.example'])
})

test('a reply goes to the Reply-To, and to nobody twice', async (t) => {
  const { write, only, answer } = await start(t)
  const people = 'Jane <jane@acme.example>, orders@acme.example, bob@acme.example'
  await write({ id: '1', to: `${us}, ${people}`, cc: `BOB@ACME.example, ${us}`, replyTo: 'orders@acme.example' })
  const { sent } = await answer((await only()).id)
  assert.deepEqual(sent.envelope.to, ['orders@acme.example', 'jane@acme.example', 'bob@acme.example'])
})

test('our own addresses are never recipients', async (t) => {
  const { write, only, answer, inbox } = await start(t)
  await inbox.post('/channels', { kind: 'EMAIL', name: 'Sales', email: 'sales@example.com' })
  await write({ id: '1', to: `${us}, sales@example.com, later@example.com`, cc: 'bob@acme.example' })
  await inbox.post('/channels', { kind: 'EMAIL', name: 'Later', email: 'later@example.com' })
  const { sent } = await answer((await only()).id)
  assert.deepEqual(sent.envelope.to, ['jane@acme.example', 'bob@acme.example'])
})

test('a reply to a mail that came as Bcc goes to its author alone', async (t) => {
  const { write, only, answer } = await start(t)
  await write({ id: '1', to: 'bob@acme.example', cc: 'carol@other.example' })
  const { id, recipients } = await only()
  assert.deepEqual(recipients.cc, [])
  const { sent } = await answer(id)
  assert.deepEqual(sent.envelope.to, ['jane@acme.example'])
})

test('a reply to a mail with 200 recipients goes to its author alone', async (t) => {
  const { write, only, answer, messagesOf } = await start(t)
  const many = Array.from({ length: 200 }, (_, i) => `p${i}@acme.example`)
  await write({ id: '1', to: us, cc: many.join(',\r\n ') })
  const { id, participants } = await only()
  assert.equal(participants.length, 201)
  assert.deepEqual(emailsOf((await messagesOf(id))[0].cc), many)
  const { sent } = await answer(id)
  assert.deepEqual(sent.envelope.to, ['jane@acme.example'])
})

test('an agent may say whom a reply goes to', async (t) => {
  const { write, only, answer, detailsOf } = await start(t)
  await write({ id: '1', to: `${us}, bob@acme.example` })
  const { id } = await only()
  const { message, sent } = await answer(id, {
    to: ['Jane@acme.example'],
    cc: ['dave@supplier.example', 'jane@acme.example'],
    bcc: ['boss@example.org'],
  })
  assert.deepEqual(sent.envelope.to, ['Jane@acme.example', 'dave@supplier.example', 'boss@example.org'])
  assert.equal(sent.header('cc'), 'dave@supplier.example')
  assert.equal(sent.header('bcc'), undefined)
  assert.deepEqual(emailsOf(message.bcc), ['boss@example.org'])
  const { participants } = await detailsOf(id)
  assert.deepEqual(emailsOf(participants).sort(), [
    'bob@acme.example',
    'boss@example.org',
    'dave@supplier.example',
    'jane@acme.example',
  ])
})

test('refuses recipients that cannot be, and names the field', async (t) => {
  const { write, only, inbox, messagesOf } = await start(t)
  await write({ id: '1' })
  const { id } = await only()
  const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}@acme.example`)
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ to: [] }, /^to /],
    [{ to: ['jane@acme.example', 'nobody'] }, /^to\.1 must be an email address\.$/],
    [{ cc: ['a@b.example\r\nBcc: x@y.example'] }, /^cc\.0 must be an email address\.$/],
    [{ cc: many(51) }, /^cc must not have more than 50 items\.$/],
    [{ cc: many(30), bcc: many(60).slice(30) }, /^to, cc and bcc must have at most 50 addresses together, not 61\./],
    [{ note: true, cc: ['bob@acme.example'] }, /^to, cc and bcc are for a reply/],
    [{ direction: 'INBOUND', to: ['bob@acme.example'] }, /^to, cc and bcc are for a reply/],
  ]
  for (const [body, sentence] of cases) {
    const { status, body: refusal } = await inbox.post(`/conversations/${id}/messages`, { contentText: 'x', ...body })
    assert.equal(status, 400, JSON.stringify(body))
    assert.match(refusal.message, sentence)
  }
  assert.equal((await messagesOf(id)).length, 1)
})

test('whoever was removed gets no reply until one names them', async (t) => {
  const { write, only, answer, inbox, detailsOf } = await start(t)
  await write({ id: '1', to: `${us}, bob@acme.example`, cc: 'carol@other.example' })
  const { id } = await only()
  const removed = await inbox.delete(`/conversations/${id}/participants/${encodeURIComponent('BOB@acme.example')}`)
  assert.equal(removed.status, 200)
  assert.deepEqual(emailsOf(removed.body.conversation.recipients.cc), ['carol@other.example'])
  assert.equal((await inbox.delete(`/conversations/${id}/participants/bob@acme.example`)).status, 404)
  await write({ id: '2', to: us, cc: 'bob@acme.example, carol@other.example', answers: '<1@acme.example>' })
  const { sent } = await answer(id)
  assert.deepEqual(sent.envelope.to, ['jane@acme.example', 'carol@other.example'])
  await answer(id, { cc: ['bob@acme.example'] })
  assert.deepEqual(emailsOf((await detailsOf(id)).recipients.cc), ['bob@acme.example', 'carol@other.example'])
})

test("a participant's answer joins the conversation under their name", async (t) => {
  const { write, only, answer, messagesOf, inbox, conversations, assertConsistent } = await start(t)
  await write({ id: '1', to: us, cc: 'Bob <bob@acme.example>' })
  const { id, contact } = await only()
  const { sent } = await answer(id)
  await inbox.put(`/conversations/${id}/read`)
  await inbox.put(`/conversations/${id}/status`, { status: 'CLOSED' })

  // by our Message-ID with another subject; by the reply address alone; by Jane's Message-ID
  const bob = 'Bob <bob@acme.example>'
  await write({ id: '2', from: bob, subject: 'Something else', answers: sent.messageId! })
  const open = await only()
  assert.deepEqual([open.status, open.isUnread, open.contact.id], ['OPEN', true, contact.id])
  await write({ id: '3', from: bob, to: sent.replyTo![0]!.address!, subject: 'No references' })
  await write({ id: '4', from: bob, to: `jane@acme.example, ${us}`, answers: '<1@acme.example>' })
  const messages = await messagesOf(id)
  assert.deepEqual(
    messages.map((message: any) => message.from?.email),
    ['jane@acme.example', us, 'bob@acme.example', 'bob@acme.example', 'bob@acme.example'],
  )
  assert.equal((await conversations()).length, 1)
  assert.equal((await inbox.get('/search?q=bob@acme.example')).body.results.contacts.length, 0)

  const last = await answer(id)
  assert.deepEqual(last.sent.envelope.to, ['bob@acme.example', 'jane@acme.example'])
  await assertConsistent()
})

test('whoever a mail was forwarded to gets a conversation of their own', async (t) => {
  const { write, only, answer, conversations } = await start(t)
  await write({ id: '1', to: us, cc: 'bob@acme.example' })
  const { sent } = await answer((await only()).id)
  await write({ id: '2', from: 'Eve <eve@elsewhere.example>', answers: sent.messageId! })
  await write({ id: '3', from: 'Mallory <mallory@elsewhere.example>', to: sent.replyTo![0]!.address! })
  const emails = new Set((await conversations()).map((one: any) => one.contact.email))
  assert.deepEqual(emails, new Set(['jane@acme.example', 'eve@elsewhere.example', 'mallory@elsewhere.example']))
})

test('one person with two addresses stays in the conversation', async (t) => {
  const { write, only, answer } = await start(t)
  await write({ id: '1', to: us, cc: 'jane@home.example' })
  const { id } = await only()
  const { sent } = await answer(id)
  await write({ id: '2', from: 'Jane <jane@home.example>', answers: sent.messageId! })
  const { recipients } = await only()
  assert.deepEqual(emailsOf(recipients.to), ['jane@home.example'])
})

test('two people in one office have conversations of their own', async (t) => {
  const { write, conversations } = await start(t)
  await write({ id: '1', cc: 'bob@acme.example' })
  await write({ id: '2', from: 'Bob <bob@acme.example>', subject: 'The order' })
  assert.equal((await conversations()).length, 2)
})

test('a mailing list takes part by its address, and its members do not', async (t) => {
  const { write, only, answer, conversations } = await start(t)
  const list = 'list@lists.example'
  await write({ id: '1', to: `${list}, ${us}` })
  const { sent } = await answer((await only()).id)
  assert.deepEqual(sent.envelope.to, ['jane@acme.example', list])
  await write({ id: '2', from: 'bob@acme.example', to: list, cc: us, answers: '<1@acme.example>' })
  assert.equal((await conversations()).length, 2)
})

test('a server may refuse one of several recipients', async (t) => {
  const { write, only, answer, messagesOf, detailsOf } = await start(t, {
    verdict: (address) => (address === 'bob@acme.example' ? { responseCode: 550, message: 'No such user' } : undefined),
  })
  await write({ id: '1', to: us, cc: 'bob@acme.example, carol@other.example' })
  const { id } = await only()
  await answer(id)
  await eventually(async () => {
    const [, , note] = await messagesOf(id)
    assert.match(note?.contentText ?? '', /^The mail was not delivered to bob@acme\.example\. .*No such user/)
  })
  const [, reply] = await messagesOf(id)
  assert.equal(reply.status, 'SENT')
  assert.deepEqual(emailsOf((await detailsOf(id)).recipients.cc), ['carol@other.example'])
})

test('a reply fails whose first recipient is refused', async (t) => {
  const { write, only, answer, messagesOf } = await start(t, {
    verdict: (address) => (address.startsWith('jane') ? { responseCode: 550, message: 'No such user' } : undefined),
  })
  await write({ id: '1', to: us, cc: 'bob@acme.example' })
  const { id } = await only()
  await answer(id)
  await eventually(async () => {
    const [, reply] = await messagesOf(id)
    assert.deepEqual([reply.status, /No such user/.test(reply.failureReason)], ['FAILED', true])
  })
})

test('a conversation is found by its participants', async (t) => {
  const { write, only, inbox, answer, assertConsistent } = await start(t)
  await write({ id: '1', cc: 'Bob Builder <bob@acme.example>' })
  const { id } = await only()
  await answer(id, { cc: ['supplier@metal.example'] })
  const found = async (q: string) =>
    (await inbox.get(`/search?q=${encodeURIComponent(q)}`)).body.results.conversations.map((one: any) => one.id)
  for (const q of ['builder', 'bob@acme.example', 'order bob', 'metal.example'])
    assert.deepEqual(await found(q), [id], q)
  await assertConsistent()
  const { contact } = (await inbox.post('/contacts', { email: 'bob@acme.example' })).body
  await inbox.delete(`/contacts/${contact.id}`)
  assert.deepEqual(await found('builder'), [])
  assert.deepEqual(await found('metal'), [id])
  await assertConsistent()
})

test('an erased contact is in no conversation of others', async (t) => {
  const { write, only, answer, inbox, messagesOf, detailsOf, assertConsistent } = await start(t)
  await write({ id: '1', to: us, cc: 'Bob <BOB@acme.example>, carol@other.example' })
  const { id } = await only()
  const { sent } = await answer(id)
  await write({ id: '2', from: 'Bob <bob@acme.example>', answers: sent.messageId! })
  await answer(id)
  const { contact } = (await inbox.post('/contacts', { email: 'bob@acme.example' })).body
  assert.match(JSON.stringify(await messagesOf(id)), /bob@acme/i)
  assert.equal((await inbox.delete(`/contacts/${contact.id}`)).status, 204)
  assert.doesNotMatch(JSON.stringify([await messagesOf(id), await detailsOf(id)]), /bob@acme/i)
  assert.match(JSON.stringify(await messagesOf(id)), /carol@other/)
  await assertConsistent()
})

test('mails of earlier versions get their addresses from their raw mails', async (t) => {
  const { write, only, db, messagesOf } = await start(t)
  await write({ id: '0', cc: 'bob@acme.example' })
  for (let i = 1; i < 25; i++) await write({ id: String(i), cc: `p${i}@acme.example`, answers: '<0@acme.example>' })
  const { id, participants } = await only()
  const before = await messagesOf(id)
  await db.run(sql`update messages set addresses = null`)
  await db.run(sql`delete from participants`)
  assert.deepEqual((await only()).participants.length, 1)
  for (let next: number | undefined; next !== 0;) next = await readAddresses(db, next)
  assert.deepEqual(await messagesOf(id), before)
  const byEmail = (people: any[]) => people.map(({ email, role }) => `${email} ${role}`).sort()
  assert.deepEqual(byEmail((await only()).participants), byEmail(participants))
})

test('participants stay when conversations are joined', async (t) => {
  const { write, only, conversations, assertConsistent } = await start(t)
  await write({ id: '1', cc: 'bob@acme.example' })
  await write({ id: '3', cc: 'carol@other.example', answers: '<2@acme.example>' })
  assert.equal((await conversations()).length, 2)
  await write({ id: '2', answers: '<1@acme.example>' })
  assert.deepEqual(emailsOf((await only()).participants), [
    'jane@acme.example',
    'bob@acme.example',
    'carol@other.example',
  ])
  await assertConsistent()
})
