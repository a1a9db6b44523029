import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bounce } from '../../test/bounce.ts'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import { deliveryReports } from '../db/migrations/024-delivery-reports.ts'
import { sql, verbatim } from '../db/sql.ts'
import { reportsTrustedUntil } from '../mail/queries.ts'
import { listStrays } from '../mail/strays.ts'

/** A reply to Jane that has left, and ways to look at what became of it. */
const startReply = async (t: TestContext, options: Parameters<typeof startMail>[1] = {}) => {
  const started = await startMail(t, options)
  const { inbox, world, messagesOf, db } = started
  const write = async (email = 'jane@example.org') => {
    const { body } = await inbox.post('/conversations', { email, subject: 'x', contentText: 'Hi' })
    const sent = await world.nth(world.taken.length + 1)
    const conversationId: string = body.conversation.id
    return {
      sent,
      conversationId,
      envelope: sent.envelope.from,
      statusOf: async () => {
        const [{ status, failureReason }] = await messagesOf(conversationId)
        return [status === 'PENDING' ? 'SENT' : status, failureReason]
      },
      notes: async () => (await messagesOf(conversationId)).slice(1),
    }
  }
  const asBefore = () => db.run(sql`update messages set mail_to = null, has_bounce_address = 0`)
  return { ...started, write, asBefore, reply: await write() }
}

const otherToken = (address: string) => address.replace(/(.)@/, (_, last) => (last === '0' ? '1@' : '0@'))

const failed = ['FAILED', 'A mail server reports that the mail could not be delivered (status 5.1.1).']
const unchanged = ['SENT', null]

test('each mail has an envelope sender of its own, at the channel’s domain', async (t) => {
  const { write, reply } = await startReply(t)
  const { envelope } = await write()
  for (const address of [envelope, reply.envelope]) {
    assert.match(address, /^bounce\+[0-9a-v]{46}@example\.com$/)
    assert.ok(address.indexOf('@') <= 64)
  }
  assert.notEqual(envelope, reply.envelope)
  assert.equal(reply.sent.from!.address, 'help@example.com')
})

test('a report that comes back to the envelope sender marks its message', async (t) => {
  const { reply, send, inbox, db } = await startReply(t)
  const before = (await inbox.get('/customers')).body
  await send(bounce({ about: '<x@y>', action: 'delayed' }), reply.envelope)
  assert.deepEqual(await reply.statusOf(), unchanged)
  const raw = bounce({ about: '<lost@elsewhere>' })
  await send(raw, reply.envelope.toUpperCase())
  await send(raw, reply.envelope)
  assert.deepEqual(await reply.statusOf(), failed)
  const notes = await reply.notes()
  assert.deepEqual(
    notes.map(({ direction, note, automatic }) => [direction, note, automatic]),
    notes.map(() => ['SYSTEM', true, true]),
  )
  assert.deepEqual(
    notes.map(({ contentText }) => contentText.split('\n')[0]),
    [
      'A mail server reports on the delivery of the mail (status 4.1.1).',
      'A mail server reports that the mail could not be delivered (status 5.1.1).',
    ],
  )
  const kept = await inbox.get(`/conversations/${reply.conversationId}/messages/${notes[1].id}/raw`)
  assert.equal(kept.text, raw.toString())
  assert.deepEqual((await inbox.get('/customers')).body, before)
  assert.deepEqual(await check(db, { repair: true }), [])
})

test('over HTTP the report’s own recipient proves it', async (t) => {
  const { reply, inbox, channel } = await startReply(t)
  const raw = bounce({ about: '<x@y>', to: reply.envelope })
  const answer = await inbox.post(`/channels/${channel.id}/mail`, raw, { 'content-type': 'message/rfc822' })
  assert.deepEqual([answer.status, answer.body.conversation.id], [201, reply.conversationId])
  assert.deepEqual(await reply.statusOf(), failed)
})

test('a report without proof changes no message and says so', async (t) => {
  const { reply, write, send, newInbox } = await startReply(t)
  const about = reply.sent.messageId!
  const { envelope } = await write('joe@example.org')
  const other = await newInbox()
  await other.post('/channels', { kind: 'EMAIL', name: 'Other', email: 'other@example.net' })
  const forgeries: [Buffer, string][] = [
    [bounce({ about }), 'help@example.com'],
    [
      bounce({ about, headers: { 'Authentication-Results': 'example.org; spf=pass smtp.helo=example.org' } }),
      'help@example.com',
    ],
    // to another mail's envelope sender, and about somebody else's address
    [bounce({ about }), envelope],
    [bounce({ about, recipient: 'eve@example.org' }), reply.envelope],
    [bounce({ about, to: reply.envelope }), 'other@example.net'],
    [bounce({ about, to: otherToken(reply.envelope) }), 'help@example.com'],
  ]
  for (const [raw, to] of forgeries) await send(raw, to)
  assert.deepEqual(await reply.statusOf(), unchanged)
  const notes = await reply.notes()
  assert.equal(notes.length, 4)
  for (const { contentText } of notes) assert.match(contentText, /^Unverified delivery report: nothing proves/)
})

test('a token that nobody made is no address', async (t) => {
  const { reply, send } = await startReply(t)
  await assert.rejects(send(bounce({ about: '<x@y>' }), otherToken(reply.envelope)), /550/)
  await assert.rejects(send(bounce({ about: '<x@y>' }), 'bounce+x@example.com'), /550/)
})

test('an automatic answer to the envelope sender is the customer’s mail', async (t) => {
  const { reply, send, messagesOf } = await startReply(t)
  const headers = { From: 'jane@example.org', 'Auto-Submitted': 'auto-replied', 'In-Reply-To': reply.sent.messageId! }
  await send(mail({ ...headers, Subject: 'Away' }), reply.envelope)
  assert.equal((await messagesOf(reply.conversationId)).length, 2)
})

test('words and files of a report are quoted, not ours', async (t) => {
  const { reply, send } = await startReply(t)
  const text = 'Your password ends: https://evil.example/login\r\n\r\nsupport-inbox'
  await send(bounce({ about: '<x@y>', text }), reply.envelope)
  await send(bounce({ about: reply.sent.messageId!, text }), 'help@example.com')
  const [proven, unproven] = await reply.notes()
  for (const { contentText } of [proven, unproven]) {
    const [first, empty, ...rest] = contentText.split('\n')
    assert.doesNotMatch(first, /evil|password/)
    assert.equal(empty, '')
    for (const line of rest) assert.match(line, /^> /)
  }
  assert.ok(proven.attachments.length > 0)
  assert.deepEqual(unproven.attachments, [])
})

test('where the sender refuses a bounce address the channel’s is used', async (t) => {
  const refusal = { responseCode: 553, message: '5.7.1 Sender address rejected: not owned by user' }
  for (const at of ['verdict', 'verdictOnSender'] as const) {
    const asked: string[] = []
    const verdict = (_: string, sender: string) => {
      asked.push(sender.split('+')[0]!)
      return sender.startsWith('bounce+') ? refusal : undefined
    }
    const { reply, write, db } = await startReply(t, { [at]: verdict })
    assert.equal(reply.envelope, 'help@example.com')
    while (!(await db.one(sql`select id from channels where bounce_refused_at is not null`))) await sleep(20)
    assert.equal((await write()).envelope, 'help@example.com')
    assert.deepEqual(asked, ['bounce', 'help@example.com', 'help@example.com'])
    await db.run(sql`update channels set bounce_refused_at = '2026-01-01T00:00:00.000Z'`)
    await write()
    assert.equal(asked.at(-2), 'bounce')
  }
})

test('what is refused because of its recipient is not sent twice', async (t) => {
  let asked = 0
  const verdict = () => (asked++, { responseCode: 550, message: '5.1.1 No such user' })
  const { inbox, messagesOf } = await startMail(t, { verdict })
  const { body } = await inbox.post('/conversations', { email: 'gone@example.org', subject: 'x', contentText: 'x' })
  const status = async () => (await messagesOf(body.conversation.id))[0].status
  while ((await status()) !== 'FAILED') await sleep(20)
  assert.equal(asked, 1)
})

test('a channel of NO_BOUNCE_ADDRESS sends from its own address', async (t) => {
  for (const NO_BOUNCE_ADDRESS of ['Example.com', 'x@example.org, help@example.com']) {
    const { reply } = await startReply(t, { env: { NO_BOUNCE_ADDRESS } })
    assert.equal(reply.envelope, 'help@example.com')
  }
})

test('a mailbox at a provider believes authenticated reports only', async (t) => {
  const env = { NO_BOUNCE_ADDRESS: 'example.com', AUTHSERV_IDS: 'mx.example.com' }
  const { reply, write, send } = await startReply(t, { env })
  const about = reply.sent.messageId!
  const said = (results: string, authservId = 'mx.example.com') => ({
    'Authentication-Results': `${authservId}; ${results}`,
  })
  const forged = [
    bounce({ about }),
    bounce({ about, headers: said('dkim=pass header.d=example.org', 'evil.example') }),
    bounce({ about, headers: said('dkim=fail header.d=example.org') }),
    bounce({ about, headers: said('dkim=pass header.d=evil.example') }),
    bounce({ about, recipient: 'eve@example.org', headers: said('dkim=pass header.d=example.org') }),
    bounce({ about: '<x@y>', headers: said('dkim=pass header.d=example.org') }),
  ]
  for (const raw of forged) await send(raw)
  assert.deepEqual(await reply.statusOf(), unchanged)
  for (const results of ['dkim=pass header.d=example.org', 'spf=pass smtp.helo=example.org']) {
    const each = await write()
    await send(bounce({ about: each.sent.messageId!, headers: said(results) }))
    assert.deepEqual(await each.statusOf(), failed)
  }
})

test('an authenticated report cannot replace the envelope sender', async (t) => {
  const { reply, send } = await startReply(t, { env: { AUTHSERV_IDS: 'mx.example.com' } })
  const headers = { 'Authentication-Results': 'mx.example.com; dkim=pass header.d=example.org' }
  await send(bounce({ about: reply.sent.messageId!, headers }))
  assert.deepEqual(await reply.statusOf(), unchanged)
})

test('for 14 days reports about older mail need no proof', async (t) => {
  const { reply, write, send, asBefore, db } = await startReply(t)
  const older = await write()
  const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  await asBefore()
  await db.run(sql`update workspaces set reports_trusted_until = ${until(1)}`)
  await send(bounce({ about: reply.sent.messageId!, recipient: 'forwarded@example.net' }))
  assert.deepEqual(await reply.statusOf(), failed)
  await db.run(sql`update workspaces set reports_trusted_until = ${until(-1)}`)
  await send(bounce({ about: older.sent.messageId! }))
  assert.deepEqual(await older.statusOf(), unchanged)
})

test('the migration begins the 14 days', async (t) => {
  const { db, inbox } = await startReply(t)
  for (const text of deliveryReports.only![db.engine]!) await db.run(verbatim(text))
  const until = await reportsTrustedUntil(db, inbox.workspaceId)
  assert.match(until!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(Math.abs(Date.parse(until!) - Date.now() - 14 * 86_400_000) < 60_000)
})

test('reports about other addresses’ mail are read in their group', async (t) => {
  const { reply, send } = await startReply(t)
  const raw = bounce({ about: '<x@y>', recipient: 'eve@example.org' })
    .toString()
    .replace(
      'Final-Recipient',
      'Final-Recipient: rfc822; jane@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\nFinal-Recipient',
    )
  await send(Buffer.from(raw), reply.envelope)
  assert.deepEqual(await reply.statusOf(), unchanged)
  const [{ contentText }] = await reply.notes()
  assert.match(contentText, /^A mail server reports on the delivery of the mail \(status 4\.4\.1\)\.\n/)
})

test('a report with internationalised parts is one (RFC 6533)', async (t) => {
  const { reply, send } = await startReply(t)
  const raw = bounce({ about: '<x@y>' })
    .toString()
    .replace('message/delivery-status', 'message/global-delivery-status')
    .replace('message/rfc822', 'message/global')
  await send(Buffer.from(raw), reply.envelope)
  assert.deepEqual(await reply.statusOf(), failed)
})

test('forged reports grow the database by what is kept of them', async (t) => {
  const { reply, send, db } = await startReply(t)
  const bytes = async () =>
    (await db.one<{ n: number }>(sql`select sum(octet_length(bytes)) as n from mail_pieces`))!.n ?? 0
  const before = await bytes()
  for (const about of ['<unknown@example.com>', reply.sent.messageId!])
    for (let i = 0; i < 3; i++) await send(bounce({ about, padding: 3_000_000 }))
  assert.equal((await listStrays(db)).length, 3)
  assert.equal((await reply.notes()).length, 3)
  assert.ok((await bytes()) - before <= 6 * 129 * 1024)
  assert.deepEqual(await check(db, { repair: false }), [])
})
