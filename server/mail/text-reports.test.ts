import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { mail } from '../../test/make.ts'
import { deliver, startMail } from '../../test/smtp.ts'
import { listStrays } from './strays.ts'

const jane = 'jane@example.org'

/** A reply to Jane that has left. */
const startReply = async (t: TestContext) => {
  const started = await startMail(t)
  const { inbox, world, messagesOf } = started
  const write = async () => {
    const { body } = await inbox.post('/conversations', { email: jane, subject: 'x', contentText: 'Hi' })
    const sent = await world.nth(world.taken.length + 1)
    const id: string = body.conversation.id
    return { id, envelope: sent.envelope.from, mailId: sent.messageId!, messages: () => messagesOf(id) }
  }
  return { ...started, write }
}

const daemon = 'MAILER-DAEMON@mx.example.net'
let count = 0

const report = (headers: Record<string, string>, body: string) =>
  mail(
    { From: daemon, To: 'help@example.com', Subject: 'failure notice', 'Message-ID': `<r${++count}@mx>`, ...headers },
    body.replaceAll('\n', '\r\n'),
  )

const copy = (mailId: string) => `Received: from x\nMessage-ID: ${mailId}\nSubject: x\nTo: <${jane}>\n\nHi`

const status = (action: string, type = 'message/delivery-status') =>
  `Content-Type: ${type}\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ${jane}\nAction: ${action}\nStatus: ${action === 'failed' ? '5.1.1' : '4.1.1'}\n`

const forms: Record<string, (mailId: string) => Buffer> = {
  qmail: (id) =>
    report(
      {},
      `Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<${jane}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\n${copy(id)}`,
    ),
  exim: (id) =>
    report(
      { 'X-Failed-Recipients': jane, 'Auto-Submitted': 'auto-replied' },
      `This message was created automatically by mail delivery software.\n\n  ${jane}\n    550 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n${copy(id)}`,
    ),
  'exim with the header alone': (id) =>
    report({ From: 'Mail <bounces@mx.example.net>', 'X-Failed-Recipients': jane, References: id }, 'Unknown user'),
  exchange: (id) =>
    report(
      { From: 'postmaster@example.org', Subject: 'Undeliverable: x', 'Return-Path': '<>' },
      `Delivery has failed to these recipients or groups:\n\nJane Doe (${jane})\nThe email address wasn't found.\n\nDiagnostic information for administrators:\n\n${jane}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound ##\n\nOriginal message headers:\n\n${copy(id)}`,
    ),
  'exchange of old': (id) =>
    report(
      {
        From: 'postmaster@example.org',
        Subject: 'Undeliverable: x',
        References: id,
        'Auto-Submitted': 'auto-generated',
      },
      `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) cannot be reached:\n\n      ${jane} on 2/2/2026 10:00 AM\n            550 5.1.1 <${jane}>: unknown\n`,
    ),
  mixed: (id) =>
    report(
      { 'Content-Type': 'multipart/mixed; boundary=b' },
      `--b\nContent-Type: text/plain\n\nfailed\n--b\n${status('failed')}\n--b\nContent-Type: message/rfc822\n\n${copy(id)}\n--b--`,
    ),
  nested: (id) =>
    report(
      { 'Content-Type': 'multipart/mixed; boundary=b' },
      `--b\nContent-Type: multipart/report; boundary=c\n\n--c\nContent-Type: text/plain\n\nfailed\n--c\n${status('failed')}\n--c\nContent-Type: message/rfc822\n\n${copy(id)}\n--c--\n--b--`,
    ),
  global: (id) =>
    report(
      { 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' },
      `--b\nContent-Type: text/plain\n\nfailed\n--b\n${status('failed', 'message/global-delivery-status')}\n--b\nContent-Type: message/global\n\n${copy(id)}\n--b--`,
    ),
}

test('reports in every form mark their reply at its bounce address', async (t) => {
  const { write, send, conversations } = await startReply(t)
  for (const [name, form] of Object.entries(forms)) {
    const { envelope, mailId, messages } = await write()
    await send(form(mailId), envelope)
    const [reply, note] = await messages()
    assert.deepEqual([reply.status, note?.note], ['FAILED', true], name)
  }
  assert.ok((await conversations()).every(({ isUnread }) => !isUnread))
})

test('without proof they are notes, and without a reply they are strays', async (t) => {
  const { write, send, conversations, db, inbox } = await startReply(t)
  const { mailId, messages } = await write()
  for (const form of Object.values(forms)) await send(form(mailId))
  for (const form of Object.values(forms)) await send(form('<other@elsewhere>'))
  await send(report({}, 'Something that no program here knows.'))
  const [reply, ...notes] = await messages()
  assert.deepEqual([reply.status, notes.length], ['SENT', Object.keys(forms).length])
  assert.ok(notes.every(({ note, contentText }) => note && contentText.startsWith('Unverified')))
  assert.equal((await listStrays(db, inbox.workspaceId)).length, Object.keys(forms).length + 1)
  const [only, ...more] = await conversations()
  assert.deepEqual([only.isUnread, more], [false, []])
})

test('a warning that a mail is late fails no reply', async (t) => {
  const { write, send } = await startReply(t)
  const { envelope, messages, mailId } = await write()
  const late = `A message that you sent has not yet been delivered to one or more of its recipients.\n\n  ${jane}\n    Delay reason: 451 4.7.1 try later\n`
  await send(report({ Subject: 'Warning: message delayed 24 hours', References: mailId }, late), envelope)
  const mixed = `--b\nContent-Type: text/plain\n\nlate\n--b\n${status('delayed')}\n--b--`
  await send(report({ 'Content-Type': 'multipart/mixed; boundary=b' }, mixed), envelope)
  const [reply, ...notes] = await messages()
  assert.deepEqual([reply.status, notes.length], ['SENT', 2])
})

test('a report that a customer forwards is the customer’s mail', async (t) => {
  const { write, send, conversations } = await startReply(t)
  const { mailId } = await write()
  const body = `--b\nContent-Type: text/plain\n\nDelivery has failed to these recipients, why?\n--b\n${status('failed')}\n--b--`
  await send(
    report({ From: 'joe@example.org', 'Content-Type': 'multipart/mixed; boundary=b', References: mailId }, body),
  )
  const [joe] = await conversations()
  assert.deepEqual([joe.contact.email, joe.isUnread], ['joe@example.org', true])
})

test('a mail without an envelope sender opens nothing unread', async (t) => {
  const { smtpPort, conversations, messagesOf, write } = await startReply(t)
  const away = (headers: Record<string, string>) => mail({ From: jane, Subject: 'Away', ...headers }, 'I am away')
  const from = ''
  await deliver({ port: smtpPort, to: 'help@example.com', from, raw: away({ 'Message-ID': '<n1@x>' }) })
  const [opened] = await conversations()
  assert.equal(opened.isUnread, false)
  const [{ isAutomatic, contentText }] = await messagesOf(opened.id)
  assert.deepEqual([isAutomatic, contentText], [true, 'I am away'])
  const { id, mailId } = await write()
  await deliver({ port: smtpPort, to: 'help@example.com', from, raw: away({ 'In-Reply-To': mailId }) })
  assert.equal((await messagesOf(id)).at(-1).isAutomatic, true)
})
