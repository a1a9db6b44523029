import assert from 'node:assert/strict'
import test from 'node:test'
import { invite } from '../../test/agents.ts'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { startApp } from '../../test/app.ts'

test('a workspace is renamed by admins only', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const other = await newInbox('Other')
  const { status, body } = await inbox.patch('/workspace', { name: 'Flower shop' })
  assert.deepEqual([status, body.workspace.id, body.workspace.name], [200, inbox.workspaceId, 'Flower shop'])
  assert.equal((await inbox.get('/workspace')).body.workspace.name, 'Flower shop')
  assert.equal((await other.get('/workspace')).body.workspace.name, 'Other')
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
  for (const answer of [await ada.patch('/workspace', { name: 'Mine' }), await ada.get('/workspace')])
    assert.deepEqual([answer.status, answer.body.code], [403, 'scope_missing'])
  for (const wrong of [{ name: ' ' }, { name: 'a\nb' }, { isSetUp: false }, {}, { color: '#fff' }])
    assert.equal((await inbox.patch('/workspace', wrong)).status, 400, JSON.stringify(wrong))
})

test('the checklist follows what a new workspace has, until it is ended', async (t) => {
  const { inbox, newInbox, send, messagesOf } = await startMail(t)
  const setup = async (of = inbox) => (await of.get('/workspace')).body.workspace.setup
  const nothing = { hasChannel: false, hasMessage: false, hasColleague: false, hasImport: false }
  assert.deepEqual(await setup(await newInbox()), nothing)
  assert.deepEqual(await setup(), { ...nothing, hasChannel: true })
  // what the team writes is no test
  const { body } = await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'x' })
  assert.equal((await messagesOf(body.conversation.id)).length, 1)
  assert.equal((await setup()).hasMessage, false)
  await send(mail({ From: 'me@example.org', Subject: 'Test' }))
  assert.equal((await setup()).hasMessage, true)
  await invite(inbox, { name: 'Ada' })
  assert.equal((await setup()).hasColleague, false)
  await invite(inbox, { name: 'Bo' })
  assert.equal((await setup()).hasColleague, true)
  await inbox.post('/imports?name=old.csv', 'email\nx@example.org\n')
  assert.deepEqual(await setup(), { hasChannel: true, hasMessage: true, hasColleague: true, hasImport: true })
  assert.equal((await inbox.patch('/workspace', { isSetUp: true })).body.workspace.setup, null)
  assert.equal(await setup(), null)
})
