import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import nodemailer from 'nodemailer'
import { certificate, key } from '../../test/certificate.ts'
import { mail } from '../../test/make.ts'
import { deliver, startMail } from '../../test/smtp.ts'
import { sql } from '../db/sql.ts'
import { limits } from '../limits.ts'
import { startWork } from '../listeners.ts'
import { startSmtp } from './smtp.ts'

const from = (name: string, headers: Record<string, string> = {}, body?: string) =>
  mail(
    { From: `${name} <${name}@example.org>`, Subject: 'Hello', 'Message-ID': `<${name}1@example.org>`, ...headers },
    body,
  )

test('mail is taken for the addresses of EMAIL channels and for no other', async (t) => {
  const { smtpPort, inbox, conversations, channel } = await startMail(t)
  const to = (...addresses: string[]) => deliver({ port: smtpPort, to: addresses, raw: from('jane') })
  for (const address of ['nobody@example.com', 'help@example.org', 'help+sales@example.com', 'x'])
    await assert.rejects(to(address), (error: any) => error.responseCode >= 501 && error.responseCode <= 553, address)
  assert.match(await to('HELP@Example.com'), /^250/)
  await assert.rejects(to(`help+${'0'.repeat(36)}@example.com`), /550/)
  assert.equal((await conversations()).length, 1)
  await inbox.delete(`/channels/${channel.id}`)
  await assert.rejects(to('help@example.com'), /550 5\.1\.1 There is no such address/)
})

test('a mail for two workspaces is each one’s; delivered again, or to two addresses of one, it is one message', async (t) => {
  const { newInbox, inbox, send, conversations, messagesOf } = await startMail(t)
  const other = await newInbox()
  await other.post('/channels', { kind: 'EMAIL', name: 'Other', email: 'other@example.net' })
  await inbox.post('/channels', { kind: 'EMAIL', name: 'Sales', email: 'sales@example.com' })
  const raw = from('jane', {}, 'One text')
  await send(raw, ['help@example.com', 'other@example.net', 'sales@example.com'])
  await send(raw, ['sales@example.com', 'other@example.net'])
  await send(Buffer.concat([Buffer.from('Received: from elsewhere\r\n'), raw]))
  for (const each of [inbox, other]) {
    const [conversation, ...more] = await conversations(each)
    assert.deepEqual(more, [])
    assert.equal((await messagesOf(conversation.id, each)).length, 1)
  }
})

test('a mail over HTTP goes the same way, and is refused by name where it is none', async (t) => {
  const { inbox, app, channel, conversations, newInbox } = await startMail(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const post = (payload: Buffer | string, { type = 'message/rfc822', key = secret, id = channel.id } = {}) =>
    app.inject({
      method: 'POST',
      url: `/v1/workspaces/${inbox.workspaceId}/support/inbox/channels/${id}/mail`,
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      payload,
    })
  const first = await post(from('jane'))
  assert.equal(first.statusCode, 201, first.body)
  const again = await post(from('jane'))
  assert.deepEqual([again.statusCode, again.body], [200, first.body])
  const [conversation] = await conversations()
  assert.equal(first.json().conversation.id, conversation.id)
  const raw = await inbox.get(`/conversations/${conversation.id}/messages/${first.json().message.id}/raw`)
  assert.equal(raw.text, from('jane').toString())

  const large = Buffer.concat([from('large'), Buffer.alloc(limits.mailBytesMost, 'x')])
  const form = await inbox.post('/channels', { kind: 'FORM', name: 'Form' })
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  for (const [answer, status, message] of [
    [await post('{}', { type: 'application/json' }), 415, /one mail, sent with Content-Type: message\/rfc822/],
    [await post(large), 413, /larger than 157286400 bytes/],
    [await post(''), 400, /^The body is empty/],
    [await post(from('x'), { id: form.body.channel.id }), 400, /^Only a channel of the kind EMAIL/],
    [await post(from('x'), { id: 'chn_none' }), 404, /^Channel not found/],
    [await post(from('x'), { key: agent.secret }), 403, /scope/],
    [await post(from('x'), { key: (await (await newInbox()).as({ scope: 'api_user' })).secret }), 404, /^Workspace/],
  ] as const) {
    assert.equal(answer.statusCode, status)
    assert.match(answer.json().message, message)
  }
  assert.equal((await conversations()).length, 1)
  assert.equal((await inbox.post('/contacts', 'x')).status, 400)
})

test('a stranger who has another’s reply address or references gets a conversation of his own', async (t) => {
  const { inbox, world, send, conversations, messagesOf } = await startMail(t)
  await inbox.post('/conversations', { email: 'jane@example.org', subject: 'Private', contentText: 'Only for Jane' })
  const sent = await world.nth(1)
  const replyTo = sent.replyTo![0]!.address!
  await send(
    from('eve', { 'In-Reply-To': sent.messageId!, References: sent.messageId!, Subject: 'Re: Private' }),
    replyTo,
  )
  const [eves, janes] = await conversations()
  assert.deepEqual([eves.contact.email, janes.contact.email], ['eve@example.org', 'jane@example.org'])
  assert.equal((await messagesOf(janes.id)).length, 1)
  assert.equal((await messagesOf(eves.id)).length, 1)

  // a token that somebody made up is no address
  const other = (_: string, time: string, first: string) => `+${time}${first === '0' ? '1' : '0'}`
  const forged = replyTo.replace(/\+(.{10})(.)/, other)
  assert.notEqual(forged, replyTo)
  await assert.rejects(send(from('jane', { 'Message-ID': '<forged@x>', Subject: 'Re: Private' }), forged), /550/)
  await send(from('jane', { 'Message-ID': '<subject@x>', Subject: 'Re: Private' }))
  assert.equal((await conversations()).length, 3, 'a subject counts for nothing')
  await send(from('jane', { 'Message-ID': '<true@x>', Subject: 'x' }), replyTo.toUpperCase())
  assert.equal((await messagesOf(janes.id)).length, 2)
})

test('two mails of one thread that arrive at once are one conversation', async (t) => {
  const { send, conversations, messagesOf } = await startMail(t)
  const thread = { References: '<root@elsewhere>' }
  await Promise.all(
    Array.from({ length: 6 }, (_, i) => send(from('jane', { ...thread, 'Message-ID': `<n${i}@x>` }, `Text ${i}`))),
  )
  const [conversation, ...more] = await conversations()
  assert.deepEqual(more, [])
  assert.equal((await messagesOf(conversation.id)).length, 6)
  assert.equal((await send(from('jane', { ...thread, 'Message-ID': '<n0@x>' }, 'Text 0'))).startsWith('250'), true)
})

test('inline images are resolved, scripts are not there, and files come out of the raw mail', async (t) => {
  const { inbox, send, conversations, messagesOf } = await startMail(t)
  const png = Buffer.from('iVBORw0KGgo=', 'base64')
  const part = (headers: Record<string, string>, body: string) => `--b\r\n${mail(headers, body).toString()}`
  const raw = mail(
    {
      From: 'jane@example.org',
      Subject: 'Look',
      'MIME-Version': '1.0',
      'Content-Type': 'multipart/related; boundary=b',
    },
    [
      part(
        { 'Content-Type': 'text/html' },
        '<p onclick=x()>See <img src="cid:pic@x"> <img src="cid:none@x"><script>x</script></p>',
      ),
      part({ 'Content-Type': 'application/pdf; name=a.pdf', 'Content-Disposition': 'attachment' }, 'PDF'),
      part(
        { 'Content-Type': 'image/png', 'Content-ID': '<pic@x>', 'Content-Transfer-Encoding': 'base64' },
        png.toString('base64'),
      ),
      '--b--',
    ].join(''),
  )
  await send(raw)
  const [{ id }] = await conversations()
  const [message] = await messagesOf(id)
  assert.equal(message.contentHtml, '<p>See <img src="attachment:2" /> <img src="cid:none@x" /></p>')
  assert.deepEqual(
    message.attachments.map(({ name, contentType }: any) => [name, contentType]),
    [
      ['a.pdf', 'application/pdf'],
      ['attachment-2', 'image/png'],
    ],
  )
  const file = await inbox.get(`/conversations/${id}/messages/${message.id}/attachments/2`)
  assert.equal(file.status, 200)
  assert.match(String(file.headers['content-disposition']), /^attachment/)
})

test('what cannot be taken apart is a visible message with its raw source', async (t) => {
  const { inbox, send, conversations, messagesOf } = await startMail(t)
  const deep = Array.from(
    { length: 300 },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
  ).join('')
  const raw = Buffer.from(`From: jane@example.org\r\n${deep}x\r\n`)
  assert.match(await send(raw), /^250/)
  const [{ id, subject }] = await conversations()
  assert.equal(subject, 'A mail that could not be read')
  const [message] = await messagesOf(id)
  assert.equal((await inbox.get(`/conversations/${id}/messages/${message.id}/raw`)).text, raw.toString())
})

test('a mail whose table cells span millions is a message with its text', async (t) => {
  const { send, conversations, messagesOf } = await startMail(t)
  const html = `<table><tr>${'<td colspan=100000000 rowspan=100000000>Hello'.repeat(5)}</table>`
  await send(from('jane', { 'Content-Type': 'text/html' }, html))
  const [{ id, subject }] = await conversations()
  const [message] = await messagesOf(id)
  assert.deepEqual([subject, message.contentText], ['Hello', Array(5).fill('Hello').join('   ')])
  assert.match(message.contentHtml, /<td colspan="1000" rowspan="1000">Hello<\/td>/)
})

test('auto-replies and our own mail coming round reopen nothing', async (t) => {
  const { inbox, world, send, messagesOf } = await startMail(t)
  const { body } = await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'Hi' })
  const sent = await world.nth(1)
  const { id } = body.conversation
  await inbox.put(`/conversations/${id}/status`, { status: 'CLOSED' })
  const kinds: Record<string, string>[] = [
    { 'Auto-Submitted': 'auto-replied' },
    { Precedence: 'auto_reply' },
    { 'X-Autoreply': 'yes' },
    { 'X-Autorespond': 'yes' },
    { 'Return-Path': '<>' },
    { 'X-Support-Inbox-Loop': 'chn_x' },
  ]
  for (const [i, header] of kinds.entries())
    await send(from('jane', { ...header, 'Message-ID': `<auto${i}@x>`, 'In-Reply-To': sent.messageId! }))
  const automatic = (await messagesOf(id)).slice(1)
  assert.deepEqual(
    automatic.map((message: any) => message.automatic),
    kinds.map(() => true),
  )
  assert.ok(automatic.every(({ isAutomatic }: any) => isAutomatic))
  const latest = async () => (await inbox.get('/customers')).body.customers.items[0].latestThread
  assert.deepEqual([(await latest()).status, (await latest()).unreadCount], ['CLOSED', 6])
  await send(from('jane', { 'Auto-Submitted': 'no', 'Message-ID': '<person@x>', 'In-Reply-To': sent.messageId! }))
  assert.deepEqual([(await latest()).status, (await latest()).unreadCount], ['OPEN', 7])
  await sleep(500)
  assert.equal(world.taken.length, 1)
})

test('line ends in names, subjects and addresses add no header to a mail that leaves', async (t) => {
  const { inbox, world, send, conversations, db } = await startMail(t)
  const evil = 'x\r\nBcc: victim@example.org\r\n\r\nbody'
  for (const body of [
    { email: 'jane@example.org', subject: evil, contentText: 'x' },
    { email: 'jane@example.org', name: evil, subject: 'x', contentText: 'x' },
    { email: `jane@example.org${evil}`, subject: 'x', contentText: 'x' },
  ])
    assert.equal((await inbox.post('/conversations', body)).status, 400)
  const word = `=?utf-8?B?${Buffer.from(evil).toString('base64')}?=`
  await send(mail({ From: `${word} <jane@example.org>`, Subject: word, 'Message-ID': '<x\r\n y@x>' }))
  const [{ id, contact }] = await conversations()
  // what an older import may have let in
  await db.run(sql`update conversations set subject = ${evil} where id = ${id}`)
  await db.run(sql`update contacts set name = ${evil} where id = ${contact.id}`)
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Hi' })
  const sent = await world.nth(1)
  assert.deepEqual(sent.envelope.to, ['jane@example.org'])
  assert.equal(sent.header('bcc'), undefined)
  assert.equal(sent.text!.trim(), 'Hi')
})

test('what the customer’s server refuses for good is FAILED at once with its words; for now, it is tried again', async (t) => {
  const { inbox, db, messagesOf } = await startMail(t, {
    verdict: (address) =>
      address.startsWith('gone')
        ? { responseCode: 550, message: '5.1.1 No such user' }
        : { responseCode: 451, message: '4.7.1 Greylisted, come back' },
  })
  const write = async (email: string) => {
    const { body } = await inbox.post('/conversations', { email, subject: 'x', contentText: 'x' })
    return async () => (await messagesOf(body.conversation.id))[0]
  }
  const gone = await write('gone@example.org')
  const grey = await write('grey@example.org')
  while ((await gone()).status === 'PENDING') await sleep(20)
  const { status, failureReason, sentAt } = await gone()
  assert.deepEqual([status, failureReason, sentAt], ['FAILED', '550 5.1.1 No such user', null])
  const job = () => db.one<{ failures: number; error: string }>(sql`select failures, last_error as error from jobs`)
  while ((await job())?.failures !== 1) await sleep(20)
  assert.equal((await job())!.error, '451 4.7.1 Greylisted, come back')
  assert.equal((await grey()).status, 'PENDING')
  // a day later
  for (let failures = 2; failures <= 9; failures++) {
    await db.run(sql`update jobs set due_at = '2026-01-01T00:00:00.000Z'`)
    while (((await job())?.failures ?? failures) !== failures) await sleep(20)
  }
  assert.equal(await job(), undefined)
  assert.deepEqual([(await grey()).status, (await grey()).failureReason], ['FAILED', '451 4.7.1 Greylisted, come back'])
})

test('nobody without an address is mailed', async (t) => {
  const { inbox, send, conversations, messagesOf, world } = await startMail(t)
  await send(mail({ From: 'Undisclosed', Subject: 'Hello' }))
  const [{ id, contact }] = await conversations()
  assert.match(contact.email, /@no-address\.invalid$/)
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Who are you?' })
  const last = async () => (await messagesOf(id))[1]
  while ((await last()).status === 'PENDING') await sleep(20)
  assert.deepEqual(
    [(await last()).status, (await last()).failureReason],
    ['FAILED', 'The contact has no email address.'],
  )
  assert.equal(world.taken.length, 0)
})

test('without a way out replies wait, the log says why once, and they leave when it is there', async (t) => {
  const { inbox, world, lines, channel, db } = await startMail(t, { smtpUrl: '' })
  for (const text of ['One', 'Two'])
    await inbox.post('/conversations', { email: 'jane@example.org', subject: text, contentText: text })
  const waiting = () => db.one<{ n: number }>(sql`select count(*) as n from jobs where is_waiting = 1`)
  while ((await waiting())!.n !== 2) await sleep(20)
  const told = lines.filter(({ error }) => String(error).startsWith('Replies wait: SMTP_URL is not set'))
  assert.equal(told.length, 1)
  await inbox.patch(`/channels/${channel.id}`, { smtpUrl: world.url })
  assert.deepEqual([(await world.nth(2)).envelope.to, world.taken.length], [['jane@example.org'], 2])
})

test('a start with SMTP_URL sends what waited for it', async (t) => {
  const { inbox, world, db, dataDir, url } = await startMail(t, { smtpUrl: '' })
  await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'x' })
  while (!(await db.one(sql`select id from jobs where is_waiting = 1`))) await sleep(20)
  const where = { dataDir, databaseUrl: url }
  const work = await startWork({ db, log: () => {}, smtpUrl: world.url, publicUrl: '', smtpNetworks: [], ...where })
  await world.nth(1)
  await work.close()
})

test('a conversation is begun through the channel that is asked for', async (t) => {
  const { inbox, world, newInbox, channel } = await startMail(t)
  const { body } = await inbox.post('/channels', { kind: 'EMAIL', name: 'Sales', email: 'sales@example.com' })
  const start = (channelId?: string) =>
    inbox.post('/conversations', {
      email: 'jane@example.org',
      subject: 'x',
      contentText: 'x',
      ...(channelId && { channelId }),
    })
  await start(body.channel.id)
  assert.equal((await world.nth(1)).from!.address, 'sales@example.com')
  await start()
  assert.equal((await world.nth(2)).from!.address, 'help@example.com')
  const form = await inbox.post('/channels', { kind: 'FORM', name: 'Form' })
  assert.match((await start(form.body.channel.id)).body.message, /^channelId must be a channel of the kind EMAIL/)
  const theirs = await (await newInbox()).post('/channels', { kind: 'EMAIL', name: 'x', email: 'x@example.net' })
  assert.deepEqual((await start(theirs.body.channel.id)).body.message, 'Channel not found.')
  // one that was closed: the next goes through the first that there is
  await inbox.delete(`/channels/${channel.id}`)
  await start()
  assert.equal((await world.nth(3)).from!.address, 'sales@example.com')
})

test('with a certificate mail arrives encrypted; without one nothing is offered', async (t) => {
  const { smtpPort, db, parser } = await startMail(t)
  const tls = { cert: certificate, key }
  const secured = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls })
  const send = async (port: number) => {
    const transport = nodemailer.createTransport({
      host: 'localhost',
      port,
      requireTLS: true,
      tls: { ca: certificate },
      connectionTimeout: 10_000,
    })
    const envelope = { from: 'jane@example.org', to: 'help@example.com' }
    return (await transport.sendMail({ envelope, raw: from('jane') })).response
  }
  assert.match(await send(secured.port), /^250/)
  await secured.close()
  await assert.rejects(send(smtpPort), /STARTTLS|TLS/)
})

test('a mail above 150 MiB is refused, announced or not; one that fits is whole', async (t) => {
  const { smtpPort, send, inbox, conversations, messagesOf } = await startMail(t)
  const large = (bytes: number) => {
    const head = from('jane')
    return Buffer.concat([head, Buffer.alloc(bytes - head.length - 2, 'x'.repeat(70) + '\r\n'), Buffer.from('\r\n')])
  }
  const limit = limits.mailBytes
  await assert.rejects(send(large(limits.mailBytesMost + 1000)), (error: any) => error.responseCode === 552)
  const socket = connect(smtpPort, '127.0.0.1')
  const answers: string[] = []
  socket.setEncoding('latin1').on('data', (text) => answers.push(String(text)))
  const heard = async (what: RegExp) => {
    while (!what.test(answers.join(''))) await sleep(20)
  }
  await heard(/^220 /m)
  socket.write('EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<help@example.com>\r\nDATA\r\n')
  await heard(/^354 /m)
  socket.write(large(limits.mailBytesMost + 1000))
  socket.write('\r\n.\r\nQUIT\r\n')
  await heard(/^552 /m)
  socket.destroy()
  assert.deepEqual(await conversations(), [])
  const fits = large(limit - 10_000)
  assert.match(await send(fits), /^250/)
  const [{ id }] = await conversations()
  const [message] = await messagesOf(id)
  const raw = await inbox.get(`/conversations/${id}/messages/${message.id}/raw`)
  assert.ok(Buffer.from(raw.text).equals(fits))
})
