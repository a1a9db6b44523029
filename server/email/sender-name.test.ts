import assert from 'node:assert/strict'
import test from 'node:test'
import { makeConversation } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'

test('a reply leaves as its agent at the team, or as the team alone', async (t) => {
  const { inbox, world, channel } = await startMail(t)
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
  const { id } = await makeConversation(ada, { email: 'jane@example.org' })
  assert.deepEqual((await world.nth(1)).from, { name: 'Ada at Help, Inc.', address: 'help@example.com' })
  // a program has no name
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'x' })
  assert.equal((await world.nth(2)).from?.name, 'Help, Inc.')
  const { body } = await inbox.patch(`/channels/${channel.id}`, { senderName: 'TEAM' })
  assert.equal(body.channel.senderName, 'TEAM')
  await ada.post(`/conversations/${id}/messages`, { contentText: 'x' })
  const third = await world.nth(3)
  assert.equal(third.from?.name, 'Help, Inc.')
  assert.equal(third.envelope.from.startsWith('bounce+'), true)
})

test('no name of an agent becomes another header or address', async (t) => {
  const { inbox, world } = await startMail(t)
  const names = [
    'Ada "The" Boss',
    'eve@evil.example',
    '<eve@evil.example>, Eve',
    'Zoë 🌿 Müller',
    'a'.repeat(256),
    '\\", x',
  ]
  for (const [i, agent] of names.entries()) {
    await makeConversation(await inbox.as({ scope: 'user', agent }), { email: `jane${i}@example.org` })
    const mail = await world.nth(i + 1)
    assert.deepEqual(mail.from, { name: `${agent} at Help, Inc.`, address: 'help@example.com' })
    assert.equal(mail.headers.filter(({ key }) => key === 'from').length, 1)
  }
})
