import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { startMail } from '../../test/smtp.ts'
import { noticesOf } from '../channels/notices.ts'
import { sql } from '../db/sql.ts'

const answer = Buffer.from('From: Jane <jane@example.org>\r\nSubject: Re: Order\r\n\r\nMy secret\r\n')

/** A conversation of the first workspace and its reply address; a channel of the second, which wants to have it. */
const start = async (t: Parameters<typeof startMail>[0]) => {
  const started = await startMail(t)
  const { inbox, world, newInbox } = started
  const wanted = { email: 'jane@example.org', subject: 'Order', contentText: 'Here it is' }
  const { conversation } = (await inbox.post('/conversations', wanted)).body
  const [replyTo] = (await world.nth(1)).replyTo!
  const thief = await newInbox()
  const own = await thief.post('/channels', { kind: 'EMAIL', name: 'x', email: 'x@example.net' })
  return { ...started, conversation, replyTo: replyTo!.address!, thief, channelId: own.body.channel.id as string }
}

test('no channel may have an address in the form of a reply address', async (t) => {
  const { app, thief, replyTo, channelId, inbox } = await start(t)
  const token = replyTo.split(/[+@]/)[1]!
  const sentence = 'email must not begin with bounce+ or end in + and a reply token: such addresses are for answers.'
  for (const email of [
    replyTo,
    ` ${replyTo.toUpperCase()} `,
    `a+b+${token}@example.net`,
    `x+${'0'.repeat(36)}@example.net`,
    `é+${'V'.repeat(36)}@münchen.de`,
    'bounce+1@example.net',
    'BOUNCE+x@example.net',
  ])
    for (const each of [thief, inbox])
      for (const { status, body } of [
        await each.post('/channels', { kind: 'EMAIL', name: 'x', email }),
        ...(each === thief ? [await each.patch(`/channels/${channelId}`, { email })] : []),
      ])
        assert.deepEqual([status, body.message], [400, sentence], email)
  for (const email of ['help+sales@example.net', `x+${'w'.repeat(36)}@example.net`, `x+${'0'.repeat(35)}@example.net`])
    assert.equal((await thief.post('/channels', { kind: 'EMAIL', name: 'x', email })).status, 201, email)

  // the same over a socket
  await app.listen({ port: 0 })
  const { secret } = await thief.as({ scope: 'api_user' })
  const body = JSON.stringify({ kind: 'EMAIL', name: 'x', email: replyTo })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `POST /v1/workspaces/${thief.workspaceId}/support/inbox/channels HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
      `Authorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  assert.match(await text(socket), /^HTTP\/1\.1 400 /)
})

test('a valid reply token comes before any channel’s address', async (t) => {
  const { db, thief, replyTo, channelId, conversation, send, messagesOf, conversations } = await start(t)
  // as one could be made before
  await db.run(sql`update channels set email = ${replyTo}, email_key = ${replyTo} where id = ${channelId}`)
  await send(answer, replyTo)
  await send(Buffer.concat([Buffer.from('Received: x\r\n'), answer]), replyTo.toUpperCase())
  assert.deepEqual(await conversations(thief), [])
  assert.equal((await messagesOf(conversation.id)).at(-1).contentText, 'My secret')
  // what only looks like one is an address like any other
  const madeUp = `help+${'0'.repeat(36)}@example.com`
  await db.run(sql`update channels set email = ${madeUp}, email_key = ${madeUp} where id = ${channelId}`)
  await send(answer, madeUp)
  assert.equal((await conversations(thief)).length, 1)
})

test('a start lists channels that have such an address', async (t) => {
  const { db, thief, replyTo, channelId } = await start(t)
  assert.deepEqual(await noticesOf(db), [])
  await db.run(sql`update channels set email = ${replyTo}, email_key = ${replyTo} where id = ${channelId}`)
  const [notice, ...more] = await noticesOf(db)
  assert.ok(
    notice!.startsWith(`The channel ${channelId} of the workspace ${thief.workspaceId} has an address in the form`),
  )
  assert.ok(notice!.endsWith(`npx support-inbox channels delete ${channelId}`))
  assert.deepEqual(more, [])
})

test('a long address of a channel keeps its reply addresses', async (t) => {
  const { inbox, world, send, conversations } = await startMail(t)
  const email = `${'x'.repeat(64)}@example.com`
  const { channel } = (await inbox.post('/channels', { kind: 'EMAIL', name: 'x', email })).body
  const wanted = { email: 'jane@example.org', subject: 'Order', contentText: 'Here it is', channelId: channel.id }
  const { conversation } = (await inbox.post('/conversations', wanted)).body
  const [replyTo] = (await world.nth(1)).replyTo!
  await send(answer, replyTo!.address)
  const [first, ...more] = await conversations()
  assert.deepEqual([first.id, first.isUnread, more], [conversation.id, true, []])
})
