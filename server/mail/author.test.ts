import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'

let count = 0

type Headers = Record<string, string>

const startAuthors = async (t: TestContext) => {
  const started = await startMail(t, { env: { AUTHSERV_IDS: 'mx.example.com' } })
  const { inbox, send, conversations, messagesOf } = started
  await inbox.post('/agents', { name: 'Bob', email: 'bob@team.example', role: 'AGENT' })
  const { agents } = (await inbox.get('/agents')).body
  return {
    ...started,
    bob: agents.items.find(({ name }: any) => name === 'Bob').id as string,
    receive: async (headers: Headers, body?: string) => {
      await send(mail({ To: 'help@example.com', Subject: 'Hello', 'Message-ID': `<a${++count}@x>`, ...headers }, body))
      const [conversation] = await conversations()
      const message = (await messagesOf(conversation.id)).at(-1)
      return { conversation, message, email: conversation.contact.email, name: conversation.contact.name }
    },
  }
}

const authentic = (domain: string) => ({ 'Authentication-Results': `mx.example.com; dkim=pass header.d=${domain}` })

test('the author of what a program hands on is the contact', async (t) => {
  const { receive, inbox } = await startAuthors(t)
  const jane = { 'Reply-To': 'Jane Example <jane@example.org>' }
  const list = { 'List-Id': '<team.groups.example>', Precedence: 'list' }
  const handedOn: Headers[] = [
    { From: 'Shop form <noreply@shop.example>', ...jane },
    { From: 'Shop form <no-reply@shop.example>', ...jane },
    { From: 'Shop form <DoNotReply.web@shop.example>', ...jane },
    { From: 'WordPress <wordpress@shop.example>', ...jane },
    { From: 'Our form <help@example.com>', ...jane },
    { From: 'Our form <HELP@Example.com>', ...jane, 'X-Original-From': 'help@example.com' },
    { From: "'Jane Example' via Team <team@groups.example>", 'X-Original-Sender': 'jane@example.org', ...list },
    { From: 'Team <team@groups.example>', 'X-Original-From': 'Jane Example <jane@example.org>' },
    { From: 'Jane Example via Team <team@groups.example>', ...jane, ...list },
    { From: 'Jane Example <jane@example.org>', 'X-Original-Sender': 'jane@example.org', ...list },
  ]
  for (const headers of handedOn) {
    const { email, message } = await receive(headers)
    assert.equal(email, 'jane@example.org', JSON.stringify(headers))
    assert.equal(message.direction, 'INBOUND')
    assert.equal(message.replyTo, null)
    assert.equal(message.isAutomatic, false)
    const isHerOwn = headers['From']!.includes('jane@')
    assert.equal(message.from.email === email, isHerOwn, 'From stays visible where it differs')
  }
  const { contacts } = (await inbox.get('/search?q=example.com')).body.results
  assert.deepEqual(contacts, [], 'no address of ours is a contact')
})

test('two people behind one group are two contacts', async (t) => {
  const { receive } = await startAuthors(t)
  const from = (name: string) => ({
    From: `'${name}' via Team <team@groups.example>`,
    'Reply-To': `${name} <${name}@example.org>`,
    'X-Original-Sender': `${name}@example.org`,
    'List-Id': '<team.groups.example>',
  })
  const jane = await receive(from('jane'))
  const joe = await receive({ ...from('joe'), 'In-Reply-To': '<a1@x>' })
  assert.deepEqual([jane.email, joe.email], ['jane@example.org', 'joe@example.org'])
  assert.deepEqual(joe.message.from, { name: "'joe' via Team", email: 'team@groups.example' })
})

test('an answer goes to Reply-To, and what comes from there joins', async (t) => {
  const { receive, inbox, world, conversations, messagesOf, db } = await startAuthors(t)
  const { conversation, message } = await receive({ From: 'jane@example.org', 'Reply-To': 'Jane <jane@home.example>' })
  assert.deepEqual([conversation.contact.email, message.replyTo], ['jane@example.org', 'jane@home.example'])
  const read = async () => (await inbox.get(`/conversations/${conversation.id}`)).body.conversation.replyTo
  assert.equal(await read(), 'jane@home.example')
  await receive({ From: 'jane@example.org', 'Reply-To': 'eve@example.net', 'Auto-Submitted': 'auto-replied' })
  const { body } = await inbox.post(`/conversations/${conversation.id}/messages`, { contentText: 'Answer' })
  assert.equal(body.message.replyTo, 'jane@home.example')
  // what comes later does not redirect an answer that was written before
  const sent = await world.nth(1)
  assert.deepEqual(sent.envelope.to, ['jane@home.example'])
  const answer = { 'In-Reply-To': sent.messageId! }
  await receive({ ...answer, From: 'jane@home.example' })
  assert.equal((await messagesOf(conversation.id)).at(-1).from.email, 'jane@home.example')
  assert.equal((await receive({ ...answer, From: 'eve@example.net' })).email, 'eve@example.net')
  // a Reply-To makes nobody another contact
  const eve = await receive({ ...answer, From: 'eve@example.net', 'Reply-To': 'jane@example.org' })
  assert.equal(eve.email, 'eve@example.net')
  assert.equal((await messagesOf(conversation.id)).length, 3)
  assert.equal((await conversations()).length, 3)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a Reply-To at an address of ours is none', async (t) => {
  const { receive, inbox, world } = await startAuthors(t)
  const { conversation } = await receive({ From: 'jane@example.org', 'Reply-To': 'help@example.com' })
  await inbox.post(`/conversations/${conversation.id}/messages`, { contentText: 'Answer' })
  const sent = await world.nth(1)
  assert.deepEqual(sent.envelope.to, ['jane@example.org'])
  const replyTo = sent.replyTo![0]!.address!
  const again = await receive({ From: 'jane@example.org', 'Reply-To': replyTo })
  assert.equal(again.message.replyTo, null)
})

test('a colleague who answers from a mail client is the author if authenticated', async (t) => {
  const { receive, bob, messagesOf, inbox } = await startAuthors(t)
  const { conversation } = await receive({ From: 'Jane <jane@example.org>', 'Message-ID': '<question@x>' })
  const answer = { To: 'Jane <jane@example.org>', Cc: 'help@example.com', 'In-Reply-To': '<question@x>' }
  const newest = async () => {
    const { direction, agentId, claimsToBeOurs, from } = (await messagesOf(conversation.id)).at(-1)
    return [direction, agentId, claimsToBeOurs, from?.email ?? null]
  }
  await receive({ ...answer, From: 'Bob <bob@team.example>', ...authentic('team.example') })
  assert.deepEqual(await newest(), ['OUTBOUND', bob, false, 'bob@team.example'])
  await receive({ ...answer, From: 'Help <help@example.com>', ...authentic('example.com') })
  assert.deepEqual(await newest(), ['OUTBOUND', null, false, 'help@example.com'])
  for (const [from, proof] of [
    ['bob@team.example', {}],
    ['bob@team.example', authentic('example.org')],
    ['help@example.com', {}],
    ['help@example.com', { 'Authentication-Results': 'evil.example; dkim=pass header.d=example.com' }],
  ] as const) {
    await receive({ ...answer, From: from, ...proof })
    assert.deepEqual(await newest(), ['INBOUND', null, true, from])
  }
  assert.equal((await messagesOf(conversation.id)).length, 7)
  assert.equal((await inbox.get('/customers')).body.customers.items.length, 1)
})

test('a mail from us to nobody else has a contact without an address', async (t) => {
  const { receive } = await startAuthors(t)
  const { email, message } = await receive({ From: 'Help <help@example.com>' })
  assert.match(email, /@no-address\.invalid$/)
  assert.equal(message.claimsToBeOurs, true)
})

test('a copy of a mail that we sent is no new message', async (t) => {
  const { receive, inbox, world, send, messagesOf, conversations } = await startAuthors(t)
  const { body } = await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'Hi' })
  const sent = await world.nth(1)
  await send(sent.envelope.raw)
  await send(
    Buffer.concat([Buffer.from('Received: by a list\r\n'), sent.envelope.raw, Buffer.from('-- \r\na list\r\n')]),
  )
  assert.equal((await messagesOf(body.conversation.id)).length, 1)
  // somebody else who takes its Message-ID has written a mail
  await receive({ From: 'jane@example.org', 'Message-ID': sent.messageId! }, 'Other words')
  assert.equal((await messagesOf(body.conversation.id)).length, 2)
  assert.equal((await conversations()).length, 1)
})

test('how a mail was distributed says nothing about its author', async (t) => {
  const { receive, inbox, world } = await startAuthors(t)
  const { body } = await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'Hi' })
  const { messageId } = await world.nth(1)
  const kinds: Headers[] = [
    { 'List-Id': '<news.example.org>' },
    { 'List-Unsubscribe': '<mailto:x@example.org>' },
    { Precedence: 'list' },
    { Precedence: 'bulk' },
    { 'X-Auto-Response-Suppress': 'All' },
    { 'Auto-Submitted': 'no' },
    { 'Auto-Submitted': 'auto-generated', 'X-MS-Exchange-Generated-Message-Source': 'Mailbox Rules Agent' },
  ]
  for (const headers of kinds) {
    await inbox.put(`/conversations/${body.conversation.id}/status`, { status: 'CLOSED' })
    const { conversation, message } = await receive({ From: 'jane@example.org', 'In-Reply-To': messageId!, ...headers })
    assert.deepEqual([message.isAutomatic, conversation.status], [false, 'OPEN'], JSON.stringify(headers))
  }
})
