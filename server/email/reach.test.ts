import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMail } from '../../test/smtp.ts'
import { createChannel } from '../channels/change.ts'
import { reachOf } from '../http/reach.ts'

test('public addresses may be reached, private ones only where a setting names them', () => {
  const [nothing, some] = [reachOf([]), reachOf(['10.1.0.0/16', '192.168.0.7', 'fd00::/64', '127.0.0.1'])]
  for (const address of ['1.1.1.1', '203.0.112.255', '2606:4700::1111', '2a00:1450::1'])
    assert.deepEqual([address, nothing(address), some(address)], [address, true, true])
  const closed = [
    '127.0.0.2 0.0.0.0 10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 192.168.0.1 224.0.0.1 255.255.255.255 127.1 localhost',
    ':: ::1 fe80::1 fe80::1%eth0 fd01::1 ff02::1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::a00:1 2002:7f00:1:: x',
  ]
  for (const address of ['', ...closed.flatMap((line) => line.split(' '))])
    assert.deepEqual([address, nothing(address), some(address)], [address, false, false])
  for (const address of ['10.1.2.3', '192.168.0.7', 'fd00::1', '127.0.0.1', '::ffff:127.0.0.1'])
    assert.deepEqual([address, nothing(address), some(address)], [address, false, true])
})

test('a channel of the API sends through no private host, whatever its name is; one of the operator may', async (t) => {
  const { inbox, db, world, lines, messagesOf } = await startMail(t, { smtpNetworks: [] })
  const wanted = { kind: 'EMAIL', name: 'Sales', email: 'sales@example.com' }
  const { channel } = (await inbox.post('/channels', wanted)).body
  for (const host of ['127.0.0.1', '[::1]', 'localhost', 'mail.LOCALHOST.', '169.254.169.254', '[::ffff:7f00:1]'])
    for (const { status, body } of [
      await inbox.post('/channels', { ...wanted, email: 'other@example.com', smtpUrl: `smtp://${host}:25` }),
      await inbox.patch(`/channels/${channel.id}`, { smtpUrl: `smtp://user:secret@${host}` }),
    ])
      assert.deepEqual(
        [host, status, body.message],
        [host, 400, 'smtpUrl must not lead to a private address: CHANNEL_SMTP_NETWORKS can allow it.'],
      )

  // a number is a name that leads to 127.0.0.1, as any name of a stranger's may tomorrow
  const { port } = new URL(world.url)
  const changed = await inbox.patch(`/channels/${channel.id}`, { smtpUrl: `smtp://2130706433:${port}` })
  assert.equal(changed.status, 200)
  const write = async (channelId: string) => {
    const message = { email: 'jane@example.org', subject: 'Hello', contentText: 'Hello', channelId }
    return (await inbox.post('/conversations', message)).body.conversation.id
  }
  const waiting = await write(channel.id)
  const told = () => lines.find(({ error }) => String(error).startsWith('Mail waits'))
  while (!told()) await sleep(20)
  assert.equal(
    told()!['error'],
    'Mail waits: the smtpUrl of a channel names 2130706433, which leads to 127.0.0.1, and CHANNEL_SMTP_NETWORKS does not allow it (docs/email.md).',
  )
  assert.deepEqual([(await messagesOf(waiting))[0].status, world.taken.length], ['PENDING', 0])

  const own = await db.transaction((tx) =>
    createChannel(tx, inbox.workspaceId, {
      ...wanted,
      kind: 'EMAIL',
      email: 'own@example.com',
      smtpUrl: world.url,
      isOperators: true,
    }),
  )
  await write(own.id)
  assert.match((await world.nth(1)).envelope.from, /^bounce\+\w+@example\.com$/)
  // renamed by the API it stays the operator's, led elsewhere it does not
  assert.equal((await inbox.patch(`/channels/${own.id}`, { name: 'Own' })).status, 200)
  await write(own.id)
  await world.nth(2)
  await inbox.patch(`/channels/${own.id}`, { smtpUrl: `smtp://0x7f000001:${port}` })
  await write(own.id)
  while (!lines.some(({ error }) => String(error).includes('0x7f000001'))) await sleep(20)
  assert.equal(world.taken.length, 2)
})
