import assert from 'node:assert/strict'
import test from 'node:test'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { startApp } from '../../test/app.ts'

test('a list tells who wrote last only where it is asked to', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.org' })
  const listed = async (include = '?include=lastMessage') =>
    (await inbox.get(`/conversations${include}`)).body.conversations.items[0]
  assert.equal('lastMessage' in (await listed('')), false)
  assert.deepEqual(
    [(await listed()).lastMessage.direction, (await listed()).lastMessage.status],
    ['OUTBOUND', 'PENDING'],
  )
  const { id: messageId } = await customerWrites(inbox, id, 'Thanks')
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Between us', note: true })
  const lastMessage = { id: messageId, direction: 'INBOUND', status: 'SENT' }
  assert.deepEqual((await listed()).lastMessage, lastMessage)
  assert.deepEqual((await inbox.get(`/conversations/${id}`)).body.conversation.lastMessage, lastMessage)
  assert.deepEqual((await inbox.put(`/conversations/${id}/read`)).body.conversation.lastMessage, lastMessage)
  assert.equal((await inbox.get('/conversations?include=nothing')).status, 400)
})
