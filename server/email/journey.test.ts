import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'

test('a customer writes, an agent answers, the customer answers back: one conversation, by real SMTP both ways', async (t) => {
  const { inbox, world, send, messagesOf, conversations, channel } = await startMail(t)
  const answer = await send(
    mail(
      {
        From: 'Jane Doe <jane@example.org>',
        To: 'help@example.com',
        Subject: 'My invoice',
        'Message-ID': '<1@example.org>',
      },
      'The invoice of March is wrong: zebra.',
    ),
  )
  assert.match(answer, /^250 .*msg_\w{24}/)

  const [conversation] = await conversations()
  assert.deepEqual(
    [conversation.status, conversation.source, conversation.subject, conversation.isUnread, conversation.channelId],
    ['OPEN', 'EMAIL', 'My invoice', true, channel.id],
  )
  const { contact } = (await inbox.get(`/contacts/${conversation.contact.id}`)).body
  assert.deepEqual([contact.email, contact.name, contact.source], ['jane@example.org', 'Jane Doe', 'EMAIL'])
  const found = (await inbox.get('/search?q=zebra')).body.results.messages
  assert.equal(found[0].conversationId, conversation.id)

  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  const replied = await agent.post(`/conversations/${conversation.id}/messages`, {
    contentText: 'We have mended it.',
    contentHtml: '<p>We have <b>mended</b> it.</p>',
  })
  assert.equal(replied.body.message.status, 'PENDING')
  await agent.post(`/conversations/${conversation.id}/messages`, { contentText: 'She is right', note: true })
  const sent = await world.nth(1)
  assert.match(sent.envelope.from, /^bounce\+\w+@example\.com$/)
  assert.deepEqual(sent.envelope.to, ['jane@example.org'])
  assert.deepEqual(sent.headers.find(({ key }) => key === 'from')!.value, '"Ada at Help, Inc." <help@example.com>')
  assert.equal(sent.header('to'), 'Jane Doe <jane@example.org>')
  assert.equal(sent.subject, 'Re: My invoice')
  assert.equal(sent.messageId, `<${replied.body.message.id}@example.com>`)
  assert.equal(sent.inReplyTo, '<1@example.org>')
  assert.equal(sent.references, '<1@example.org>')
  assert.match(sent.header('reply-to')!, /^"Help, Inc\." <help\+[0-9a-v]{36}@example\.com>$/)
  assert.equal(sent.header('x-support-inbox-loop'), channel.id)
  assert.equal(sent.text!.trim(), 'We have mended it.')
  assert.equal(sent.html!.trim(), '<p>We have <b>mended</b> it.</p>')

  const isSent = async () => (await messagesOf(conversation.id))[1].status === 'SENT'
  while (!(await isSent())) await sleep(20)
  assert.ok((await messagesOf(conversation.id))[1].sentAt)

  await inbox.put(`/conversations/${conversation.id}/read`)
  await inbox.put(`/conversations/${conversation.id}/status`, { status: 'CLOSED' })
  const replyTo = sent.replyTo![0]!.address!
  await send(
    mail(
      { From: 'jane@example.org', To: replyTo, Subject: 'Whatever else', 'Message-ID': '<2@example.org>' },
      'Thank you!\r\n\r\nOn Mon, Help wrote:\r\n> We have mended it.',
    ),
    replyTo,
  )
  const { customers } = (await inbox.get('/customers')).body
  assert.deepEqual(customers.items[0].latestThread, {
    id: conversation.id,
    status: 'OPEN',
    source: 'EMAIL',
    lastMessageAt: customers.items[0].latestThread.lastMessageAt,
    lastMessagePreview: 'Thank you!',
    unreadCount: 1,
  })
  assert.equal(customers.items[0].threadCount, 1)
  const messages = await messagesOf(conversation.id)
  assert.match(messages.at(-1).contentText, /> We have mended it\.$/)

  await agent.post(`/conversations/${conversation.id}/messages`, { contentText: 'With pleasure.' })
  const second = await world.nth(2)
  assert.equal(second.inReplyTo, '<2@example.org>')
  assert.deepEqual(second.references!.split(/\s+/), [
    '<1@example.org>',
    `<${replied.body.message.id}@example.com>`,
    '<2@example.org>',
  ])
  assert.equal(world.taken.length, 2, 'the note has stayed')
})

test('a mail without a Message-ID, with a date of long ago, is new all the same and is answered as an answer', async (t) => {
  const { inbox, world, send, conversations } = await startMail(t)
  await inbox.post('/conversations', { email: 'bob@example.org', subject: 'x', contentText: 'x' })
  await send(mail({ From: 'jane@example.org', Subject: 'Hello', Date: 'Thu, 22 Aug 2002 12:36:23 +0000' }))
  const [{ id, lastMessageAt, contact }] = await conversations()
  assert.equal(contact.email, 'jane@example.org')
  assert.ok(Date.now() - Date.parse(lastMessageAt) < 60_000)
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Hi' })
  assert.equal((await world.nth(2)).subject, 'Re: Hello')
})

test('the team writes first; the customer answers without the reply address, by references alone', async (t) => {
  const { inbox, world, send, conversations, messagesOf } = await startMail(t)
  const { body } = await inbox.post('/conversations', {
    email: 'bob@example.org',
    name: 'Bob',
    subject: 'Your order',
    contentText: 'It has left.',
  })
  const sent = await world.nth(1)
  assert.equal(sent.subject, 'Your order')
  assert.equal(sent.inReplyTo, undefined)
  await send(
    mail(
      { From: 'Bob <bob@example.org>', Subject: 'x', 'Message-ID': '<b@x>', 'In-Reply-To': sent.messageId! },
      'Good',
    ),
  )
  assert.equal((await conversations()).length, 1)
  assert.deepEqual(
    (await messagesOf(body.conversation.id)).map(({ direction }) => direction),
    ['OUTBOUND', 'INBOUND'],
  )
})
