import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { check } from '../check/check.ts'

test('a contact with many conversations and messages is erased whole, beside others who write', async (t) => {
  const { inbox, db } = await startApp(t)
  const { id, contactId } = await makeConversation(inbox, { email: 'gone@example.com' })
  for (let i = 0; i < 12; i++) {
    await customerWrites(inbox, id, `message ${i}`)
    await makeConversation(inbox, { email: 'gone@example.com', subject: `thread ${i}` })
  }
  const stays = await makeConversation(inbox, { email: 'stays@example.com' })
  const [deleted, again] = await Promise.all([
    inbox.delete(`/contacts/${contactId}`),
    inbox.delete(`/contacts/${contactId}`),
    ...Array.from({ length: 20 }, (_, i) => customerWrites(inbox, stays.id, `still here ${i}`)),
  ])
  assert.deepEqual([deleted.status, again.status], [204, 204])
  assert.deepEqual(
    (await inbox.get('/customers')).body.customers.items.map((item: any) => item.contact.email),
    ['stays@example.com'],
  )
  assert.equal((await inbox.post('/contacts', { email: 'gone@example.com' })).status, 201)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('an erasure is found by its Location, and tells nothing of whom', async (t) => {
  const { inbox, ask, newInbox } = await startApp(t)
  const { contactId } = await makeConversation(inbox, { email: 'gone@example.com' })
  const { headers } = await inbox.delete(`/contacts/${contactId}`)
  const path = String(headers['location']).replace(/^.*\/inbox/, '')
  const { erasure } = (await inbox.get(path)).body
  assert.deepEqual(Object.keys(erasure), ['id', 'erasedAt', 'scrubbedAt'])
  assert.equal(erasure.scrubbedAt, null)
  assert.deepEqual((await inbox.get('/erasures')).body.erasures.items, [erasure])
  assert.equal((await (await newInbox()).get(path)).status, 404)
  assert.equal((await (await inbox.as({ scope: 'user', agent: 'Ada' })).get('/erasures')).status, 403)
  assert.equal((await ask('GET', String(headers['location']))).status, 401)
})
