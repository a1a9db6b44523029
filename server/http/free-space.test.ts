import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail, makeConversation } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { freshFolder } from '../../test/app.ts'
import { watchFreeSpace } from './free-space.ts'

const plenty = String(1024 ** 3)

test('below MIN_FREE_SPACE strangers are refused and the team goes on', async (t) => {
  const { inbox, ask, send, channel, conversations } = await startMail(t, { env: { MIN_FREE_SPACE: plenty } })
  const raw = mail({ From: 'jane@example.org', Subject: 'Hello' })
  await assert.rejects(send(raw), (error: any) => error.responseCode === 452)
  const form = (await inbox.post('/channels', { kind: 'FORM', name: 'Form' })).body.channel
  const chat = (await inbox.post('/channels', { kind: 'CHAT', name: 'Chat', allowedOrigins: ['*'] })).body.channel
  const refused = [
    await inbox.post(`/channels/${channel.id}/mail`, raw, { 'content-type': 'message/rfc822' }),
    await ask('POST', `/forms/${form.id}`, { body: { email: 'jane@example.org', message: 'Hi' } }),
    await ask('POST', `/embeds/v1/chats/${chat.publishableKey}/sessions`, { body: {} }),
    await ask('POST', `/embeds/v1/chats/${chat.publishableKey}/messages`, { body: {} }),
  ]
  for (const { status, body, headers } of refused)
    assert.deepEqual([status, body.code, headers['retry-after']], [503, 'disk_nearly_full', '1'])
  assert.equal((await inbox.post(`/channels/${channel.id}/mail`, raw)).status, 503)
  assert.deepEqual(await conversations(), [])

  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  const { id, contactId } = await makeConversation(inbox, { email: 'joe@example.org' })
  for (const message of [{ contentText: 'Hi' }, { contentText: 'A note', note: true }])
    assert.equal((await agent.post(`/conversations/${id}/messages`, message)).status, 201)
  assert.equal((await agent.put(`/conversations/${id}/status`, { status: 'CLOSED' })).status, 200)
  assert.equal((await inbox.delete(`/contacts/${contactId}`)).status, 204)
})

test('what was refused is taken when there is room again', async (t) => {
  const folder = await freshFolder(t)
  const lines: Record<string, unknown>[] = []
  // more than is free now and less than will be free
  const watched = { dataDir: folder, minFreeSpace: Number.MAX_SAFE_INTEGER, log: (_: string, line: object) => lines.push({ ...line }) }
  const space = await watchFreeSpace(watched)
  assert.equal(space.isLow(), true)
  watched.minFreeSpace = 1
  while (space.isLow()) await sleep(50)
  space.close()
})
