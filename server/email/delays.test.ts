import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ordinary, startOddServer, type Answer } from '../../test/odd-smtp.ts'
import { startRelay } from '../../test/relay.ts'
import { startMail } from '../../test/smtp.ts'
import { readConfig } from '../config.ts'
import { sql } from '../db/sql.ts'

const started = async (inbox: { post: Function }, email = 'jane@example.org') =>
  (await inbox.post('/conversations', { email, subject: 'Hello', contentText: 'Hello' })).body.conversation.id as string

const waits = async (message: () => Promise<any>) => {
  while ((await message()).lastError === null) await sleep(20)
  return message()
}

test('a message says how often it was tried, why it waits and until when', async (t) => {
  const server = await startOddServer(t, (line) =>
    line.startsWith('RCPT') ? '451 4.7.1 jane@example.org: greylisted' : ordinary(line),
  )
  const { inbox, lines, messagesOf } = await startMail(t, { smtpUrl: server.url })
  const id = await started(inbox)
  const message = await waits(async () => (await messagesOf(id))[0])
  const { attempts, lastError, nextAttemptAt, status, failureReason } = message
  assert.deepEqual(
    [status, attempts, lastError, failureReason],
    ['PENDING', 1, '451 4.7.1 jane@example.org: greylisted', null],
  )
  const seconds = (Date.parse(nextAttemptAt) - Date.now()) / 1000
  assert.ok(seconds > 20 && seconds <= 60, String(seconds))
  const one = await inbox.get(`/conversations/${id}/messages/${message.id}`)
  assert.equal(one.body.message.nextAttemptAt, nextAttemptAt)

  const said = lines.find(({ failures }) => failures === 1)!
  assert.deepEqual([said['reason'], said['reply']], ['refused', '451 4.7.1'])
  assert.doesNotMatch(JSON.stringify(lines), /jane|greylisted/)
})

test('a message that has left, or never leaves, waits for nothing', async (t) => {
  const { inbox, world, messagesOf } = await startMail(t)
  const id = await started(inbox)
  await world.nth(1)
  const message = async () => (await messagesOf(id))[0]
  while ((await message()).status === 'PENDING') await sleep(20)
  const { attempts, lastError, nextAttemptAt } = await message()
  assert.deepEqual([attempts, lastError, nextAttemptAt], [null, null, null])
})

test('the log says which error of the network keeps mail from leaving', async (t) => {
  for (const [smtpUrl, reason, code] of [
    ['smtp://127.0.0.1:1', 'unreachable', 'ECONNREFUSED'],
    ['smtp://nowhere.invalid', 'unknown_host', /^(?:ENOTFOUND|EAI_AGAIN)$/],
  ] as const) {
    const { inbox, lines, close } = await startMail(t, { smtpUrl })
    await started(inbox)
    const said = () => lines.find(({ failures }) => failures === 1)
    while (!said()) await sleep(20)
    assert.equal(said()!['reason'], reason)
    assert.match(String(said()!['code']), new RegExp(code))
    await close()
  }
})

test('what waits behind a server that is away says so, and those who follow hear of it', async (t) => {
  const relay = await startRelay(t, 1)
  const { inbox, messagesOf, db } = await startMail(t, { smtpUrl: relay.url.replace('http', 'smtp') })
  relay.cut()
  const ids = [await started(inbox, 'a@example.org'), await started(inbox, 'b@example.org')]
  const all = async () => Promise.all(ids.map(async (id) => (await messagesOf(id))[0]))
  while (!(await all()).every(({ lastError }) => lastError !== null)) await sleep(20)
  const messages = await all()
  assert.deepEqual(new Set(messages.map(({ attempts }) => attempts)), new Set([0, 1]))
  for (const { lastError, nextAttemptAt } of messages) {
    assert.match(lastError, /^The mail server (?:could not be reached|broke the connection)\.(?: Code: E[A-Z]+\.)?$/)
    assert.ok(Date.parse(nextAttemptAt) > Date.now())
  }
  const told = await db.many<{ id: string }>(
    sql`select distinct message_id as id from events where kind = 'MESSAGE_CHANGED'`,
  )
  assert.deepEqual(new Set(told.map(({ id }) => id)), new Set(messages.map(({ id }) => id)))
})

test('a message without a server to leave by says what is missing', async (t) => {
  const { inbox, messagesOf } = await startMail(t, { smtpUrl: '' })
  const id = await started(inbox)
  const { attempts, lastError } = await waits(async () => (await messagesOf(id))[0])
  assert.deepEqual(
    [attempts, lastError],
    [0, 'No mail server is set up: the channel has no smtpUrl, and SMTP_URL is not set.'],
  )
})

test('a channel says why it cannot send when created, changed and asked', async (t) => {
  const locked: Answer = (line) =>
    line.startsWith('EHLO') ? '250 AUTH PLAIN' : line.startsWith('AUTH') ? '535 5.7.8 ada@example.com' : ordinary(line)
  const open: Answer = (line) => (line.startsWith('AUTH') ? '235 2.7.0 In' : locked(line, undefined as never))
  const [refusing, welcoming] = [await startOddServer(t, locked), await startOddServer(t, open)]
  const withUser = (url: string) => url.replace('//', '//ada:secret@')
  const { newInbox } = await startMail(t)
  const cases: [smtpUrl: string | null, reason: string | null][] = [
    [null, null],
    [withUser(refusing.url), 'password_refused'],
    [withUser(welcoming.url), null],
    ['smtp://127.0.0.1:1', 'unreachable'],
    ['smtp://nowhere.invalid', 'unknown_host'],
    // an address that is not allowed, and would be there
    ['smtp://2130706434:25', 'unknown_host'],
  ]
  const told = new Map<string, string>()
  for (const [i, [smtpUrl, reason]] of cases.entries()) {
    const inbox = await newInbox()
    const wanted = { kind: 'EMAIL', name: 'x', email: `x@a${i}.example`, smtpUrl }
    const { status, body } = await inbox.post('/channels', wanted)
    assert.equal(status, 201)
    const asked = await inbox.post(`/channels/${body.channel.id}/test`, {})
    assert.deepEqual([asked.status, asked.body.test], [200, body.test])
    const changed = await inbox.patch(`/channels/${body.channel.id}`, { smtpUrl })
    assert.deepEqual([changed.status, changed.body.test], [200, body.test])
    assert.deepEqual([smtpUrl, body.test.ok, body.test.reason], [smtpUrl, reason === null, reason])
    told.set(String(reason), body.test.sentence)
  }
  assert.equal(told.get('password_refused'), 'The mail server refused the user or the password. It answered 535 5.7.8.')
  assert.equal(told.get('unreachable'), 'The mail server could not be reached. Code: ECONNREFUSED.')
  assert.equal(told.get('unknown_host'), 'The host of the mail server was not found, or its address is not allowed.')
  assert.equal(refusing.lines.filter((line) => line.startsWith('MAIL')).length, 0)
  const inbox = await newInbox()
  const form = (await inbox.post('/channels', { kind: 'FORM', name: 'x' })).body
  assert.equal(form.test, null)
  assert.equal((await inbox.post(`/channels/${form.channel.id}/test`, {})).status, 400)
})

test('a workspace tests its channels so often a minute; changes go on', async (t) => {
  const { inbox, channel } = await startMail(t)
  let answer = await inbox.post(`/channels/${channel.id}/test`, {})
  for (let i = 0; answer.status === 200 && i < 30; i++) answer = await inbox.post(`/channels/${channel.id}/test`, {})
  assert.deepEqual([answer.status, answer.body.code], [429, 'too_many_requests'])
  assert.ok(Number(answer.headers['retry-after']) > 0)
  const changed = await inbox.patch(`/channels/${channel.id}`, { smtpUrl: null })
  assert.deepEqual([changed.status, changed.body.test], [200, null])
})

test('a user of a mail server without a password is refused', async (t) => {
  const { inbox, channel } = await startMail(t)
  const smtpUrl = 'smtp://ada@mail.example.com'
  const sentence = 'smtpUrl has a user without a password: write smtp://user:password@host:587.'
  for (const { status, body } of [
    await inbox.post('/channels', { kind: 'EMAIL', name: 'x', email: 'x@example.com', smtpUrl }),
    await inbox.patch(`/channels/${channel.id}`, { smtpUrl }),
  ])
    assert.deepEqual([status, body.message], [400, sentence])
  assert.throws(() => readConfig({ SMTP_URL: smtpUrl }), /^Error: SMTP_URL has a user without a password/)
})
