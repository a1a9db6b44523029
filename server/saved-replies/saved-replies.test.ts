import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'

test('a reply is saved under a shortcut of its own, changed, and found by it in order', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  const make = (shortcut: string) =>
    agent.post('/saved-replies', { shortcut, title: 'Title', contentText: 'Dear\ncustomer' })
  const { savedReply } = (await make('thanks')).body
  assert.deepEqual(savedReply, { id: savedReply.id, shortcut: 'thanks', title: 'Title', contentText: 'Dear\ncustomer' })
  assert.equal((await make('thanks')).body.code, 'shortcut_taken')
  assert.equal((await make('hello')).status, 201)
  for (const wrong of ['', 'Hello', '-x', 'a b', 'x'.repeat(41)])
    assert.match((await make(wrong)).body.message, /^shortcut must be at most 40 small letters/)
  const patch = (body: object) => agent.patch(`/saved-replies/${savedReply.id}`, body)
  assert.equal((await patch({ shortcut: 'hello' })).body.code, 'shortcut_taken')
  assert.equal((await patch({ shortcut: 'bye', title: 'Bye' })).body.savedReply.title, 'Bye')
  const { items } = (await agent.get('/saved-replies')).body.savedReplies
  assert.deepEqual(
    items.map(({ shortcut }: any) => shortcut),
    ['bye', 'hello'],
  )
  const other = await newInbox()
  assert.equal((await other.delete(`/saved-replies/${savedReply.id}`)).body.code, 'saved_reply_not_found')
  assert.equal((await agent.delete(`/saved-replies/${savedReply.id}`)).status, 204)
  assert.equal((await patch({ title: 'x' })).status, 404)
})
