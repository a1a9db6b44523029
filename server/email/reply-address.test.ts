import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { findChannel } from '../channels/queries.ts'
import { merge } from '../chat/merge.ts'
import { createContact } from '../contacts/create.ts'
import { macOf, textOfTick } from './reply-address.ts'

let count = 0

const answer = (headers: Record<string, string> = {}) =>
  mail({ From: 'jane@example.org', Subject: 'Re: x', 'Message-ID': `<p${++count}@x>`, ...headers })

const startReply = async (t: TestContext) => {
  const started = await startMail(t)
  const { inbox, world, messagesOf, conversations } = started
  const channelFor = async (fields: object) =>
    (await inbox.post('/channels', { kind: 'EMAIL', name: 'x', ...fields })).body.channel
  const write = async (channelId: string) => {
    const wanted = { email: 'jane@example.org', subject: 'x', contentText: 'Hi', channelId }
    const { conversation, contact } = (await inbox.post('/conversations', wanted)).body
    const sent = await world.nth(world.taken.length + 1)
    const isWhole = async (size: number) => {
      assert.equal((await messagesOf(conversation.id)).length, size)
      assert.ok((await conversations()).every(({ id }) => id === conversation.id))
    }
    return {
      ...conversation,
      contactId: contact.id,
      mailId: sent.messageId!,
      replyTo: sent.replyTo![0]!.address!,
      isWhole,
    }
  }
  return { ...started, channelFor, write }
}

const octetsOf = (address: string) => Buffer.byteLength(address.slice(0, address.lastIndexOf('@')))

test('a reply address has at most 64 octets before the @', async (t) => {
  const { channelFor, write, send } = await startReply(t)
  for (const [i, local] of ['a'.repeat(27), 'a'.repeat(28), 'a'.repeat(64), 'ü'.repeat(14)].entries()) {
    const { id: channelId } = await channelFor({ email: `${local}@d${i}.example.com` })
    const conversation = await write(channelId)
    const { replyTo } = conversation
    assert.ok(octetsOf(replyTo) <= 64, replyTo)
    assert.match(replyTo, i === 0 ? /^a{27}\+/ : /^reply\+[0-9a-v]{46}@/)
    await send(answer({ 'In-Reply-To': conversation.mailId }), replyTo.toUpperCase())
  }
})

test('a short reply address is enough without references', async (t) => {
  const { channelFor, write, send } = await startReply(t)
  const { id } = await channelFor({ email: `${'a'.repeat(50)}@example.com` })
  const { replyTo, isWhole } = await write(id)
  await send(answer(), replyTo)
  await isWhole(2)
  const forged = replyTo.endsWith('0@example.com') ? replyTo.replace('0@', '1@') : replyTo.replace(/.@/, '0@')
  await assert.rejects(send(answer(), forged), /550/)
})

for (const [kind, local] of [
  ['a reply address', 'help'],
  ['a short reply address', 'a'.repeat(50)],
] as const)
  test(`${kind} with any one character changed is refused`, async (t) => {
    const { channelFor, write, send } = await startReply(t)
    const { id } = await channelFor({ email: `${local}@example.net` })
    const { replyTo, isWhole } = await write(id)
    for (let i = 0; i < replyTo.lastIndexOf('@'); i++) {
      const changed = `${replyTo.slice(0, i)}${replyTo[i] === '0' ? '1' : '0'}${replyTo.slice(i + 1)}`
      await assert.rejects(send(answer(), changed), /550/, changed)
    }
    await send(answer(), replyTo)
    await isWhole(2)
  })

test('a channel at a mailbox that takes no reply+… answers from its own address', async (t) => {
  const started = await startMail(t, { env: { NO_BOUNCE_ADDRESS: 'example.com' } })
  const { inbox, world } = started
  const email = `${'a'.repeat(50)}@example.com`
  const { channel } = (await inbox.post('/channels', { kind: 'EMAIL', name: 'x', email })).body
  await inbox.post('/conversations', {
    email: 'jane@example.org',
    subject: 'x',
    contentText: 'Hi',
    channelId: channel.id,
  })
  assert.equal((await world.nth(1)).replyTo![0]!.address, email)
})

test('without plus addresses threads go by Message-IDs', async (t) => {
  const { channelFor, write, send, inbox } = await startReply(t)
  const channel = await channelFor({ email: 'plain@example.com', plusAddresses: false })
  assert.equal(channel.plusAddresses, false)
  const { replyTo, mailId, isWhole } = await write(channel.id)
  assert.equal(replyTo, 'plain@example.com')
  await send(answer({ References: mailId }), replyTo)
  await isWhole(2)
  const { body } = await inbox.patch(`/channels/${channel.id}`, { plusAddresses: true })
  assert.equal(body.channel.plusAddresses, true)
  assert.match((await write(channel.id)).replyTo, /^plain\+/)
  const { status } = await inbox.post('/channels', { kind: 'FORM', name: 'x', plusAddresses: false })
  assert.equal(status, 400)
})

test('tokens that were sent before plus addresses were turned off stay valid', async (t) => {
  const { channel, write, send, inbox } = await startReply(t)
  const { replyTo, isWhole } = await write(channel.id)
  await inbox.patch(`/channels/${channel.id}`, { plusAddresses: false })
  await send(answer(), replyTo)
  await isWhole(2)
})

test('tokens outlive a move to another contact, older ones too', async (t) => {
  const { channel, write, send, inbox, db } = await startReply(t)
  const { workspaceId } = inbox
  const { id, contactId, replyTo, isWhole } = await write(channel.id)
  const { secret } = (await findChannel(db, workspaceId, channel.id))!
  const older = `help+${textOfTick(id)}${macOf(secret!, `${id} ${contactId}`)}@example.com`
  assert.notEqual(older, replyTo)
  await send(answer(), older)
  await isWhole(2)
  const mary = { From: 'mary@example.org' }
  const move = async (from: string, email: string) =>
    db.transaction(async (tx) => {
      const { contact } = await createContact(tx, workspaceId, { email, source: 'API' })
      await merge(tx, workspaceId, { from, into: contact.id })
      return contact.id
    })
  await move(await move(contactId, 'joe@example.org'), 'mary@example.org')
  await send(answer(mary), older)
  await send(answer(mary), replyTo)
  await isWhole(4)
})
