import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromOwnPage, join } from '../../test/agents.ts'
import { ordinary, startOddServer, type Answer } from '../../test/odd-smtp.ts'
import { startRelay } from '../../test/relay.ts'
import { startMail } from '../../test/smtp.ts'
import type { Db } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { compose, transport } from './transport.ts'

const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await sleep(20)
}

const failuresIn = async (db: Db) => {
  const rows = await db.many<{ failures: number }>(
    sql`select failures from jobs where kind = 'send-mail' order by failures`,
  )
  return rows.map(({ failures }) => failures)
}

test('a slow server of one workspace holds up no mail of others, and no password', async (t) => {
  const slow = await startOddServer(t, (line, socket) => {
    const timer = setInterval(() => socket.write('250-a line every 20 seconds\r\n'), 20_000)
    socket.on('close', () => clearInterval(timer))
    return line.startsWith('EHLO') ? '250-slow.example' : undefined
  })
  const started = await startMail(t, { publicUrl: 'https://inbox.example' })
  const { inbox, newInbox, world, ask } = started
  const other = await newInbox()
  await other.post('/channels', { kind: 'EMAIL', name: 'Slow', email: 'slow@example.net', smtpUrl: slow.url })
  // whether it can send was tried
  slow.lines.splice(0)
  for (let i = 0; i < 3; i++)
    await other.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'x' })
  await until(() => slow.lines.length > 0)
  await inbox.post('/conversations', { email: 'sam@example.org', subject: 'Hello', contentText: 'Hello' })
  assert.deepEqual((await world.nth(1)).envelope.to, ['sam@example.org'])
  const { email } = await join(started, inbox, { name: 'Ada' })
  await ask('POST', '/v1/password-resets', { body: { email }, headers: fromOwnPage })
  assert.deepEqual((await world.nth(2)).envelope.to, [email])
  assert.equal(slow.lines.length, 1)
})

test('mails that were not tried while their server was away are not charged', async (t) => {
  const relay = await startRelay(t, 1)
  const { db, inbox, world } = await startMail(t, { smtpUrl: relay.url.replace('http', 'smtp') })
  relay.cut()
  for (let i = 0; i < 12; i++)
    await inbox.post('/conversations', { email: `person${i}@example.org`, subject: 'x', contentText: 'x' })
  await until(async () => (await failuresIn(db)).some((failures) => failures > 0))
  await sleep(1000)
  assert.deepEqual(await failuresIn(db), [...Array.from({ length: 11 }, () => 0), 1])
  const { until: end } = (await db.one<{ until: string }>(sql`select paused_until as until from paused_queues`))!
  const seconds = (Date.parse(end) - Date.now()) / 1000
  assert.ok(seconds > 20 && seconds <= 30, String(seconds))
  assert.equal(world.taken.length, 0)
})

test('a connection dropped in the middle of one mail delays no other', async (t) => {
  const mailsTo: string[] = []
  const dropping = await startOddServer(t, (line, socket) => {
    if (line.startsWith('RCPT')) mailsTo.push(line)
    if (line !== '.' || !mailsTo.at(-1)!.includes('poison')) return ordinary(line)
    socket.destroy()
    return undefined
  })
  const { db, inbox } = await startMail(t, { smtpUrl: dropping.url })
  for (const name of ['poison', 'jane', 'sam', 'kim'])
    await inbox.post('/conversations', { email: `${name}@example.org`, subject: 'x', contentText: 'x' })
  await until(async () => (await failuresIn(db)).join() === '1')
  assert.deepEqual(
    mailsTo.map((line) => /<(\w+)/.exec(line)![1]!).toSorted((a, b) => (a < b ? -1 : 1)),
    ['jane', 'kim', 'poison', 'sam'],
  )
  assert.equal(await db.one(sql`select queue from paused_queues`), undefined)
  const { error } = (await db.one<{ error: string }>(sql`select last_error as error from jobs`))!
  assert.equal(error, 'The mail server broke the connection.')
})

test('a recipient that the server drops the connection for delays no other mail', async (t) => {
  const dropping = await startOddServer(t, (line, socket) => {
    if (!line.includes('poison')) return ordinary(line)
    socket.destroy()
    return undefined
  })
  const { db, inbox } = await startMail(t, { smtpUrl: dropping.url })
  for (const name of ['poison', 'jane', 'sam'])
    await inbox.post('/conversations', { email: `${name}@example.org`, subject: 'x', contentText: 'x' })
  await until(async () => (await failuresIn(db)).join() === '1')
  assert.equal(dropping.lines.filter((line) => line === '.').length, 2)
})

test('a channel that is given another server sends what waited for the old one', async (t) => {
  const { db, inbox, world, channel } = await startMail(t)
  const gone = await startRelay(t, 1)
  gone.cut()
  await inbox.patch(`/channels/${channel.id}`, { smtpUrl: gone.url.replace('http', 'smtp') })
  for (let i = 0; i < 4; i++)
    await inbox.post('/conversations', { email: `person${i}@example.org`, subject: 'x', contentText: 'x' })
  await until(async () => (await db.one(sql`select queue from paused_queues`)) !== undefined)
  await inbox.patch(`/channels/${channel.id}`, { smtpUrl: world.url })
  // the one that was tried waits for its time
  await world.nth(3)
})

test('a mail ends in time wherever its server stops answering', async (t) => {
  const stops: Record<string, [Answer, greeting?: string]> = {
    'before the greeting': [() => undefined, ''],
    'within the greeting': [() => undefined, '220-odd\r\n'],
    'after EHLO': [() => undefined],
    'within EHLO': [() => '250-odd'],
    'at STARTTLS': [(line) => (line.startsWith('EHLO') ? '250 STARTTLS' : '220 Go on')],
    'after MAIL': [(line) => (line.startsWith('MAIL') ? undefined : ordinary(line))],
    'after RCPT': [(line) => (line.startsWith('RCPT') ? undefined : ordinary(line))],
    'after DATA': [(line) => (line === 'DATA' ? undefined : ordinary(line))],
    'while it reads': [
      (line, socket) => {
        if (line === 'DATA') socket.pause()
        return ordinary(line)
      },
    ],
    'after the mail': [(line) => (line === '.' ? undefined : ordinary(line))],
  }
  const piece = Buffer.alloc(10_000, 'x')
  const endless = () =>
    Readable.from(
      Array.from({ length: 2000 }, () => piece),
      { objectMode: false },
    )
  for (const [where, [answer, greeting]] of Object.entries(stops)) {
    const { url, sockets } = await startOddServer(t, answer, greeting)
    const mail = {
      from: 'a@example.com',
      to: 'b@example.com',
      text: 'x',
      attachments: where === 'while it reads' ? [{ content: endless() }] : [],
    }
    const signal = AbortSignal.timeout(400)
    const sending = transport(compose(mail), { url, address: undefined, signal, onReady: () => {} })
    await assert.rejects(sending, /did not take the mail within 120 seconds/, where)
    for (const socket of sockets) socket.resume()
    await until(() => sockets.size === 0)
  }
})

test('a user that cannot be decoded fails its own mail and nothing else', async (t) => {
  const { inbox, world, db, channel } = await startMail(t)
  const odd = await startOddServer(t, (line) => (line.startsWith('EHLO') ? '250 AUTH PLAIN' : ordinary(line)))
  const other = { kind: 'EMAIL', name: 'Odd', email: 'odd@example.com', smtpUrl: odd.url.replace('//', '//%E0%A4:x@') }
  const { body } = await inbox.post('/channels', other)
  for (const channelId of [body.channel.id, channel.id])
    await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'x', channelId })
  await until(async () => (await failuresIn(db)).join() === '1')
  await world.nth(1)
})
