import assert from 'node:assert/strict'
import test from 'node:test'
import { join } from '../../test/agents.ts'
import { startApp, type Inbox } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'

test('a conversation that the team begins has the documented shape and waits to be sent', async (t) => {
  const { inbox } = await startApp(t)
  const { status, body } = await inbox.post('/conversations', {
    email: 'jane@example.com',
    name: 'Jane Doe',
    subject: 'Billing question',
    contentText: 'Hi Jane,\n\nregarding  your invoice',
  })
  assert.equal(status, 201)
  const { conversation, contact, message } = body
  assert.match(conversation.id, /^thd_[0-9A-Za-z]{24}$/)
  assert.deepEqual(message, { id: message.id, contentPreview: 'Hi Jane, regarding your invoice', status: 'PENDING' })
  assert.equal((await inbox.get(`/contacts/${contact.id}`)).body.contact.source, 'API')
  const { items } = (await inbox.get('/conversations')).body.conversations
  assert.deepEqual(items, [
    {
      id: conversation.id,
      status: 'OPEN',
      source: 'API',
      subject: 'Billing question',
      isUnread: false,
      isUndelivered: false,
      lastMessageAt: items[0].lastMessageAt,
      lastMessagePreview: 'Hi Jane, regarding your invoice',
      assignedToId: null,
      channelId: null,
      contact: { id: contact.id, email: 'jane@example.com', name: 'Jane Doe', avatarUrl: null },
    },
  ])
})

test('a message of the customer is unread until the conversation is read, and opens what was closed or put away', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  for (const status of ['CLOSED', 'ARCHIVED'])
    for (const repeated of [1, 2]) {
      const { body } = await inbox.put(`/conversations/${id}/status`, { status })
      assert.equal(body.conversation.status, status, `time ${repeated}`)
    }
  await customerWrites(inbox, id, 'One')
  await customerWrites(inbox, id, 'Two')
  const latest = async () => (await inbox.get('/customers')).body.customers.items[0].latestThread
  assert.deepEqual([(await latest()).status, (await latest()).unreadCount], ['OPEN', 2])
  const read = await inbox.put(`/conversations/${id}/read`)
  assert.deepEqual([read.status, read.body.conversation.isUnread], [200, false])
  assert.equal((await latest()).unreadCount, 0)
  await customerWrites(inbox, id, 'Three')
  assert.equal((await latest()).unreadCount, 1)
})

test('archived conversations are hidden unless they are asked for; lists filter by status and contact', async (t) => {
  const { inbox } = await startApp(t)
  const [one, two, three] = [
    await makeConversation(inbox, { email: 'jane@example.com' }),
    await makeConversation(inbox, { email: 'jane@example.com' }),
    await makeConversation(inbox, { email: 'bob@example.com' }),
  ]
  await inbox.put(`/conversations/${one.id}/status`, { status: 'ARCHIVED' })
  await inbox.put(`/conversations/${two.id}/status`, { status: 'CLOSED' })
  const ids = async (query = '') =>
    (await inbox.get(`/conversations${query}`)).body.conversations.items.map((item: any) => item.id)
  assert.deepEqual(await ids(), [three.id, two.id])
  assert.deepEqual(await ids('?status=ARCHIVED'), [one.id])
  assert.deepEqual(await ids('?status=OPEN'), [three.id])
  assert.deepEqual(await ids(`?contactId=${one.contactId}`), [two.id])
  assert.deepEqual(await ids('?contactId=ctc_none'), [])
  const first = (await inbox.get('/conversations?limit=1')).body.conversations
  assert.deepEqual(await ids(`?limit=1&cursor=${first.cursor}`), [two.id])
  assert.equal(
    (await inbox.get('/customers')).body.customers.items.find((c: any) => c.contact.id === one.contactId).threadCount,
    2,
  )
})

test('the latest thread is the one with the newest message', async (t) => {
  const { inbox } = await startApp(t)
  const older = await makeConversation(inbox, { email: 'jane@example.com' })
  const newer = await makeConversation(inbox, { email: 'jane@example.com' })
  const latest = async () => (await inbox.get('/customers')).body.customers.items[0]
  assert.equal((await latest()).latestThread.id, newer.id)
  await customerWrites(inbox, older.id, 'To the first one')
  assert.deepEqual(
    [(await latest()).latestThread.id, (await latest()).contact.lastMessagePreview],
    [older.id, 'To the first one'],
  )
})

test("a conversation is assigned to an agent of its workspace and to nobody else's", async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  await inbox.as({ scope: 'user', agent: 'Ada' })
  const [ada] = (await inbox.get('/agents')).body.agents.items
  assert.deepEqual(ada, { id: ada.id, name: 'Ada', email: null, role: 'AGENT', status: 'ACTIVE' })
  const assigned = await inbox.put(`/conversations/${id}/assignment`, { agentId: ada.id })
  assert.equal(assigned.body.conversation.assignedToId, ada.id)
  assert.equal(
    (await inbox.put(`/conversations/${id}/assignment`, { agentId: null })).body.conversation.assignedToId,
    null,
  )
  const other = await newInbox()
  await other.as({ scope: 'user', agent: 'Eve' })
  const [eve] = (await other.get('/agents')).body.agents.items
  assert.equal(
    (await inbox.put(`/conversations/${id}/assignment`, { agentId: eve.id })).body.message,
    'Agent not found.',
  )
  for (const [path, body] of [
    ['status', { status: 'OPEN' }],
    ['read', undefined],
    ['unread', undefined],
    ['assignment', { agentId: null }],
  ] as const)
    assert.equal((await other.put(`/conversations/${id}/${path}`, body)).body.message, 'Conversation not found.')
  assert.equal((await inbox.put(`/conversations/${id}/status`, { status: 'DONE' })).status, 400)
  assert.match((await inbox.put(`/conversations/${id}/read`, { upTo: 'now' })).body.message, /^upTo is not a field/)
})

test('a view has what it says, and its count is the length of its list', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const ben = await join(started, inbox, { name: 'Ben' })
  const made = []
  for (let i = 0; i < 12; i++) made.push(await makeConversation(inbox, { email: `c${i}@example.com` }))
  for (const [i, { id }] of made.entries()) {
    if (i % 2) await customerWrites(inbox, id, 'Anybody?')
    if (i % 3) await inbox.put(`/conversations/${id}/assignment`, { agentId: i % 3 === 1 ? ada.id : ben.id })
    if (i > 7) await inbox.put(`/conversations/${id}/status`, { status: i > 9 ? 'ARCHIVED' : 'CLOSED' })
  }
  const listed = async (of: Inbox, query: string) =>
    (await of.get(`/conversations?limit=100&${query}`)).body.conversations.items.length as number
  for (const agent of [ada, ben, inbox]) {
    const { counts } = (await agent.get('/conversations/counts')).body
    assert.deepEqual(counts, {
      open: await listed(agent, 'status=OPEN'),
      mine: await listed(agent, 'status=OPEN&assignedTo=me'),
      unassigned: await listed(agent, 'status=OPEN&assignedTo=none'),
      closed: await listed(agent, 'status=CLOSED'),
      archived: await listed(agent, 'status=ARCHIVED'),
      undelivered: await listed(agent, 'status=OPEN&undelivered=true'),
      unread: await listed(agent, 'unread=true'),
    })
    const { mine, ...others } = counts
    assert.deepEqual(others, { open: 8, unassigned: 3, closed: 2, archived: 2, undelivered: 0, unread: 5 })
    assert.equal(mine, agent === ada ? 3 : agent === ben ? 2 : 0)
  }
  assert.equal(await listed(inbox, `status=OPEN&assignedTo=${ben.id}`), 2)
  assert.equal(await listed(inbox, 'unread=false'), 5)
  const first = (await ada.get('/conversations?assignedTo=me&limit=1')).body.conversations
  assert.equal((await ada.get(`/conversations?assignedTo=me&limit=1&cursor=${first.cursor}`)).status, 200)
  assert.equal(
    (await ben.get(`/conversations?assignedTo=me&limit=1&cursor=${first.cursor}`)).body.code,
    'invalid_cursor',
  )
})

test('one conversation comes with its channel, also when that was closed', async (t) => {
  const { inbox } = await startApp(t)
  const { body } = await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  const channelId = body.channel.id
  const mine = { email: 'jane@example.com', subject: 'Hi', contentText: 'Hello' }
  const { id } = (await inbox.post('/conversations', { ...mine, channelId })).body.conversation
  const bare = (await inbox.post('/contacts', { email: 'x@example.com' })).body.contact.id
  const one = async () => (await inbox.get(`/conversations/${id}`)).body.conversation
  const { channel, replyTo, participants, recipients, ...rest } = await one()
  assert.equal(replyTo, null)
  assert.deepEqual([participants[0].email, recipients.to[0].email], ['jane@example.com', 'jane@example.com'])
  assert.deepEqual(channel, { id: channelId, name: 'Help', kind: 'EMAIL' })
  const [listed] = (await inbox.get('/conversations?include=lastMessage')).body.conversations.items
  assert.deepEqual(rest, listed)
  await inbox.delete(`/channels/${channelId}`)
  assert.deepEqual((await one()).channel, channel)
  assert.equal((await inbox.get(`/conversations/${bare}`)).body.code, 'conversation_not_found')
})

test('what came after a message that was read stays unread', async (t) => {
  const { inbox } = await startApp(t)
  const { id, messageId } = await makeConversation(inbox, { email: 'jane@example.com' })
  const [first, second] = [await customerWrites(inbox, id, 'One'), await customerWrites(inbox, id, 'Two')]
  const unread = async () => {
    const { conversation } = (await inbox.get(`/conversations/${id}`)).body
    const { items } = (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages
    const messages = items.filter((item: any) => item.isUnread).map((item: any) => item.id)
    assert.equal(conversation.isUnread, messages.length > 0)
    return messages
  }
  const read = (upTo: string) => inbox.put(`/conversations/${id}/read?upTo=${upTo}`)
  for (const [upTo, left] of [
    [messageId, [first.id, second.id]],
    [first.id, [second.id]],
    [first.id, [second.id]],
    [second.id, []],
  ] as const) {
    assert.equal((await read(upTo)).status, 200)
    assert.deepEqual(await unread(), left)
  }
  const other = await makeConversation(inbox, { email: 'omar@example.com' })
  assert.equal((await read(other.messageId)).body.code, 'message_not_found')
  assert.equal((await read('nothing')).body.message, 'upTo must be the id of a message.')
})

test('a conversation is marked unread by its newest message', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const flags = async () =>
    (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages.items.map((item: any) => item.isUnread)
  const mark = (what: string) => inbox.put(`/conversations/${id}/${what}`)
  const isUnread = async (what: string) => (await mark(what)).body.conversation.isUnread
  assert.equal(await isUnread('unread'), true)
  assert.deepEqual(await flags(), [true])
  assert.equal(await isUnread('read'), false)
  await customerWrites(inbox, id, 'One')
  await customerWrites(inbox, id, 'Two')
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'A note', note: true })
  assert.equal(await isUnread('read'), false)
  for (let i = 0; i < 2; i += 1) assert.equal(await isUnread('unread'), true)
  assert.deepEqual(await flags(), [false, false, true, false])
  assert.equal((await inbox.get('/conversations/counts')).body.counts.unread, 1)
  assert.equal((await mark('unread')).status, 200)
})
