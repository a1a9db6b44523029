import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp, type Answer, type Inbox } from '../../test/app.ts'

const written = {
  direction: 'INBOUND',
  email: 'jane@example.com',
  name: 'Jane Doe',
  subject: 'Refund',
  contentText: 'Where is my refund?',
}

const read = async (inbox: Inbox, id: string) => {
  const [{ body: head }, { body: thread }] = await Promise.all([
    inbox.get(`/conversations/${id}`),
    inbox.get(`/conversations/${id}/messages`),
  ])
  return { conversation: head.conversation, message: thread.thread.messages.items[0] }
}

test('what a customer wrote elsewhere is recorded as new, with its files', async (t) => {
  const { inbox } = await startApp(t)
  const { file } = (await inbox.post('/files?name=receipt.pdf', Buffer.from('%PDF'))).body
  const { status, body } = await inbox.post('/conversations', { ...written, attachmentIds: [file.id] })
  assert.equal(status, 201)
  const { conversation, message } = await read(inbox, body.conversation.id)
  assert.deepEqual([conversation.status, conversation.isUnread, conversation.contact.name], ['OPEN', true, 'Jane Doe'])
  assert.deepEqual([message.direction, message.senderType, message.status], ['INBOUND', 'CUSTOMER', 'SENT'])
  assert.equal(message.attachments[0].name, 'receipt.pdf')
  const fetched = await inbox.get(`/conversations/${body.conversation.id}/messages/${message.id}/attachments/1`)
  assert.equal(fetched.text, '%PDF')
})

test('what has a date of its own is read, closed, and wakes nobody', async (t) => {
  const { inbox } = await startApp(t)
  const { contact } = (await inbox.post('/contacts', { email: written.email })).body
  await inbox.patch(`/contacts/${contact.id}`, { status: 'ARCHIVED' })
  const createdAt = '2020-03-12T14:30:00.000Z'
  const { status, body } = await inbox.post('/conversations', { ...written, createdAt })
  assert.deepEqual([status, body.contact.id], [201, contact.id])
  const { conversation, message } = await read(inbox, body.conversation.id)
  assert.deepEqual([conversation.status, conversation.isUnread], ['CLOSED', false])
  assert.deepEqual([message.createdAt, conversation.lastMessageAt], [createdAt, createdAt])
  assert.equal((await inbox.get(`/contacts/${contact.id}`)).body.contact.status, 'ARCHIVED')
  const later = await inbox.post('/conversations', { ...written, createdAt: '2999-01-01T00:00:00Z' })
  assert.deepEqual([later.status, later.body.message], [400, 'createdAt must not be in the future.'])
})

test('the same external id of a contact is recorded once, at once and again', async (t) => {
  const { inbox } = await startApp(t)
  const wanted = { ...written, externalId: 'ticket-4711' }
  // a client tries again where the database is busy
  const record = async (): Promise<Answer> => {
    const answer = await inbox.post('/conversations', wanted)
    return answer.status === 503 ? record() : answer
  }
  const answers = await Promise.all(Array.from({ length: 10 }, record))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  for (const { status, text } of answers) assert.ok(status < 300, text)
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  const { file } = (await inbox.post('/files?name=a.pdf', Buffer.from('a'))).body
  const again = await inbox.post('/conversations', { ...wanted, contentText: 'Else', attachmentIds: [file.id] })
  assert.deepEqual([again.status, again.text], [200, answers[0]!.text])
  assert.equal((await inbox.get('/conversations')).body.conversations.items.length, 1)
  // the file was not needed
  assert.equal((await inbox.delete(`/files/${file.id}`)).status, 204)
  for (const other of [{ externalId: 'ticket-4712' }, { email: 'bob@example.com' }])
    assert.equal((await inbox.post('/conversations', { ...wanted, ...other })).status, 201)
})

test('many that were written in one moment are recorded at once', async (t) => {
  const { inbox } = await startApp(t)
  const people = Array.from({ length: 80 }, (_, i) => `p${i}@example.com`)
  const record = async (own: string[]) => {
    for (const email of own) {
      const { status, text } = await inbox.post('/conversations', {
        ...written,
        email,
        createdAt: '2020-01-01T00:00:00Z',
      })
      assert.equal(status, 201, text)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => record(people.slice(i * 10, i * 10 + 10))))
  const { items } = (await inbox.get('/conversations?status=CLOSED&limit=100')).body.conversations
  assert.equal(items.length, people.length)
})

test('recording needs a program, and its fields go with nothing else', async (t) => {
  const { inbox } = await startApp(t)
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  assert.equal((await agent.post('/conversations', written)).status, 403)
  const { direction: _, ...outbound } = written
  for (const field of [{ createdAt: '2020-01-01T00:00:00Z' }, { externalId: 'a' }]) {
    const { status, body } = await inbox.post('/conversations', { ...outbound, ...field })
    assert.deepEqual([status, body.message], [400, 'createdAt and externalId go with the direction INBOUND.'])
  }
  assert.equal((await inbox.post('/conversations', { ...written, channelId: 'chn_none' })).status, 404)
})
