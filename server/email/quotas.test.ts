import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import nodemailer from 'nodemailer'
import { freshFolder } from '../../test/app.ts'
import { mail } from '../../test/make.ts'
import { parserProcesses } from '../../test/parser-processes.ts'
import { startMail } from '../../test/smtp.ts'
import { limits } from '../limits.ts'
import { startSmtp } from './smtp.ts'

const from = (name: string, body?: string, author = name) =>
  mail({ From: `${author}@example.org`, Subject: name, 'Message-ID': `<${name}@example.org>` }, body)

interface Letter {
  address?: string
  sender?: string
}

/** Sends a mail from an address of this machine. */
const sendFrom = async (
  port: number,
  raw: Buffer,
  { address = '127.0.0.2', sender = 'jane@example.org' }: Letter = {},
): Promise<string> => {
  const options = { host: '127.0.0.1', port, ignoreTLS: true, localAddress: address }
  const transport = nodemailer.createTransport(options)
  try {
    return (await transport.sendMail({ envelope: { from: sender, to: 'help@example.com' }, raw })).response
  } finally {
    transport.close()
  }
}

/** A connection from 127.0.0.1 that says what it is told, with all that it has heard. */
const talkTo = (t: TestContext, port: number): Socket & { heard: string } => {
  const socket = Object.assign(connect(port, '127.0.0.1'), { heard: '' })
  socket.setEncoding('latin1').on('data', (text) => (socket.heard += text))
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  return socket
}

const hears = async (socket: ReturnType<typeof talkTo>, what: RegExp) => {
  while (!what.test(socket.heard)) await sleep(20)
}

const beginMail = async (socket: ReturnType<typeof talkTo>) => {
  await hears(socket, /^220 /m)
  socket.write('EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<help@example.com>\r\nDATA\r\n')
  await hears(socket, /^354 /m)
}

test('unfinished mails of one address leave room for those of another', async (t) => {
  const { smtpPort, conversations } = await startMail(t)
  const half = Buffer.alloc(24 * 1024 * 1024, `${'x'.repeat(70)}\r\n`)
  const sockets = Array.from({ length: 6 }, () => talkTo(t, smtpPort))
  await Promise.all(
    sockets.map(async (socket) => {
      await beginMail(socket)
      if (!socket.write(half)) await once(socket, 'drain')
    }),
  )
  assert.match(await sendFrom(smtpPort, from('jane')), /^250/)
  // its own others are refused for now
  await assert.rejects(
    sendFrom(smtpPort, from('more', 'x'.repeat(limits.smtpBytesOfNetwork / 3)), { address: '127.0.0.1' }),
    (error: any) => error.responseCode === 452,
  )
  for (const socket of sockets) socket.destroy()
  const again = () => sendFrom(smtpPort, from('again'), { address: '127.0.0.1' })
  while (!(await again().catch(String)).startsWith('250')) await sleep(20)
  assert.equal((await conversations()).length, 2)
})

test('idle connections of one address leave room for those of another', async (t) => {
  const { smtpPort } = await startMail(t)
  const sockets = Array.from({ length: 100 }, () => talkTo(t, smtpPort))
  await Promise.all(sockets.map((socket) => hears(socket, /^(220|421) /m)))
  const refused = sockets.filter(({ heard }) => heard.startsWith('421 '))
  assert.equal(refused.length, 100 - limits.smtpConnectionsOfNetwork)
  assert.match(await sendFrom(smtpPort, from('jane')), /^250/)
  for (const socket of sockets) socket.destroy()
  const again = () => sendFrom(smtpPort, from('again'), { address: '127.0.0.1' })
  while (!(await again().catch(String)).startsWith('250')) await sleep(20)
})

test('a relay that the operator trusts has no quota of its own', async (t) => {
  const { db, parser } = await startMail(t)
  const tls = undefined
  const relays = ['127.0.0.0/8']
  const smtp = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls, relays })
  t.after(() => smtp.close())
  const sockets = Array.from({ length: limits.smtpConnectionsOfNetwork + 10 }, () => talkTo(t, smtp.port))
  await Promise.all(sockets.map((socket) => hears(socket, /^220 /m)))
  for (const socket of sockets) socket.destroy()
})

test('a mail that arrives too slowly is cut off, one that is slow enough is kept', async (t) => {
  const { db, parser, conversations } = await startMail(t)
  const pace = { window: 3000, bytes: 100 }
  const smtp = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls: undefined, pace })
  t.after(() => smtp.close())
  const [slow, steady] = [talkTo(t, smtp.port), talkTo(t, smtp.port)]
  await Promise.all([beginMail(slow), beginMail(steady)])
  const isClosed = once(slow, 'close')
  steady.write(from('steady').toString().trimEnd())
  const writing = setInterval(() => {
    slow.write('x\r\n')
    steady.write(`${'x'.repeat(100)}\r\n`)
  }, 200)
  await isClosed
  clearInterval(writing)
  steady.write('\r\n.\r\n')
  await hears(steady, /^250 2\.6\.0/m)
  assert.deepEqual(
    (await conversations()).map(({ subject }) => subject),
    ['steady'],
  )
})

test('a large mail is a file while it arrives, and leftovers are removed at the start', async (t) => {
  const { db, parser, conversations } = await startMail(t)
  const dataDir = await freshFolder(t)
  const spool = join(dataDir, 'spool')
  await mkdir(spool)
  // of a process with our number before us, of one that is gone, and of another machine that may be running
  const names = [`${hostname()}.${process.pid}.abcd.1`, `${hostname()}.4194305.abcd.1`, `elsewhere.1.abcd.1`]
  for (const name of names) await writeFile(join(spool, name), 'x')
  const smtp = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls: undefined, dataDir })
  t.after(() => smtp.close())
  assert.deepEqual(await readdir(spool), ['elsewhere.1.abcd.1'])
  const socket = talkTo(t, smtp.port)
  await beginMail(socket)
  const large = from('jane', `${randomBytes(30).toString('hex')}\r\n`.repeat(20_000))
  socket.write(large)
  while ((await readdir(spool)).length < 2) await sleep(20)
  socket.write('\r\n.\r\n')
  await hears(socket, /^250 2\.6\.0/m)
  assert.deepEqual(await readdir(spool), ['elsewhere.1.abcd.1'])
  assert.deepEqual(
    (await conversations()).map(({ subject }) => subject),
    ['jane'],
  )
  const away = talkTo(t, smtp.port)
  await beginMail(away)
  away.write(large)
  while ((await readdir(spool)).length < 2) await sleep(20)
  away.destroy()
  while ((await readdir(spool)).length > 1) await sleep(20)
})

test('mail of others and replies do not wait for twenty slow mails', async (t) => {
  const { smtpPort, inbox, parser, conversations } = await startMail(t)
  const hostile = { address: '127.0.0.1', sender: 'evil@example.org' }
  await sendFrom(smtpPort, from('first'))
  const [{ id }] = await conversations()
  // without a sender: its process stays, however long it takes
  await parser.parse(from('x'))
  // as a mail that never comes to its end
  const stopped = parserProcesses('mail')
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  let stored = 0
  const sending = Array.from({ length: 20 }, (_, i) =>
    sendFrom(smtpPort, from(`evil${i}`, 'x', 'evil'), hostile).then(() => (stored += 1)),
  )
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now()
    await work()
    return Math.round(performance.now() - begin)
  }
  const mailTook = await timed(async () => assert.match(await sendFrom(smtpPort, from('jane')), /^250/))
  const replyTook = await timed(async () => {
    const reply = await inbox.post(`/conversations/${id}/messages`, { contentText: 'Hi', contentHtml: '<p>Hi</p>' })
    assert.equal(reply.status, 201)
  })
  t.diagnostic(`a mail took ${mailTook} ms, a reply ${replyTook} ms`)
  assert.equal(stored, 0)
  // 2,000 and 200 on a machine of its own
  assert.ok(mailTook < 10_000 && replyTook < 2000)
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  await Promise.all(sending)
  assert.equal((await inbox.get('/conversations?limit=100')).body.conversations.items.length, 22)
})
