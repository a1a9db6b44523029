import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { mail, mbox } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { readConfig } from '../config.ts'
import { importFile } from '../imports/import-file.ts'
import { noneLeftOut } from '../imports/left-out.ts'
import { kindOf, type Kind } from '../imports/mails.ts'
import { Report } from '../imports/report.ts'
import { limits } from '../limits.ts'
import { createMailParser } from '../mime/parser.ts'

const megabyte = 1024 * 1024

const large = (subject: string, bytes = 3 * megabyte): Buffer =>
  mail(
    {
      From: 'Jane <jane@example.org>',
      Subject: subject,
      'Message-ID': `<${subject}@example.org>`,
      Date: 'Mon, 2 Feb 2026 10:00:00 +0000',
      'Content-Type': 'multipart/mixed; boundary=x',
    },
    [
      '--x',
      'Content-Type: text/plain',
      '',
      'It is broken, see the film.',
      '--x',
      'Content-Type: video/mp4',
      'Content-Disposition: attachment; filename=film.mp4',
      '',
      'x'.repeat(bytes),
      '--x--',
    ].join('\r\n'),
  )

const start = async (t: TestContext) => startMail(t, { env: { MAX_MAIL_SIZE: '1' } })
const line = '[Not kept, because the mail was larger than 1 MiB: film.mp4 (3 MiB)]'

const assertReduced = async ({ inbox, messagesOf, conversations }: Awaited<ReturnType<typeof start>>) => {
  const [{ id, subject }] = await conversations()
  const [message, ...more] = await messagesOf(id)
  assert.equal(more.length, 0)
  assert.match(message.contentText, /^It is broken, see the film\.\s/)
  assert.ok(message.contentText.includes(line), message.contentText)
  assert.deepEqual(message.attachments, [])
  const raw = (await inbox.get(`/conversations/${id}/messages/${message.id}/raw`)).text
  assert.ok(raw.length < 2000 && raw.includes(`Subject: ${subject}`) && raw.includes(line))
  return subject
}

test('of a mail that is too large by SMTP the text is kept, and no spool file', async (t) => {
  const started = await start(t)
  await started.send(large('smtp'))
  assert.equal(await assertReduced(started), 'smtp')
  assert.match(await started.send(large('smtp')), /^250 /)
  assert.equal((await started.conversations()).length, 1)
  assert.deepEqual(await readdir(join(started.dataDir, 'spool')).catch(() => []), [])
  // nothing is left taken of what its network may send
  for (let i = 0; i < 22; i++) await started.send(large(`smtp${i}`))
})

test('of a mail that is too large over HTTP the text is kept', async (t) => {
  const started = await start(t)
  const { inbox, channel } = started
  const deliver = (raw: Buffer) => inbox.post(`/channels/${channel.id}/mail`, raw, { 'content-type': 'message/rfc822' })
  const { status } = await deliver(large('http'))
  assert.equal(status, 201)
  assert.equal(await assertReduced(started), 'http')
  assert.equal((await deliver(large('http'))).status, 200)
  const { status: refused, body } = await deliver(large('vast', 151 * megabyte))
  assert.deepEqual([refused, body.code], [413, 'body_too_large'])
})

test('mails that are posted at once share a room, and who goes away leaves it', async (t) => {
  const { app, inbox, channel } = await startMail(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const path = `/v1/workspaces/${inbox.workspaceId}/support/inbox/channels/${channel.id}/mail`
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'message/rfc822' }
  const post = () => {
    const sending = request({ port, host: '127.0.0.1', path, method: 'POST', headers }).on('error', () => {})
    sending.write('From: Jane <jane@example.org>\r\nSubject: Films\r\n\r\n')
    return sending
  }
  const piece = Buffer.alloc(megabyte, 'x'.repeat(70) + '\r\n')
  const held: ClientRequest[] = []
  for (let left = limits.uploadBytesAtOnce; left > 0; left -= limits.mailBytes) {
    const sending = post()
    for (let sent = 0; sent < limits.mailBytes; sent += megabyte)
      await new Promise((resolve) => sending.write(piece, resolve))
    held.push(sending)
  }
  const answer = async () => {
    const sending = post()
    sending.end(piece)
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    response.resume()
    return response
  }
  const refused = await answer()
  assert.deepEqual([refused.statusCode, refused.headers['retry-after']], [503, '1'])
  for (const sending of held) sending.destroy()
  let status: number | undefined = 503
  for (let tries = 0; status === 503 && tries < 20; tries++) {
    await setTimeout(500)
    status = (await answer()).statusCode
  }
  assert.equal(status, 201)
})

test('of imported mails that are too large the text is kept, and the report says so', async (t) => {
  const started = await start(t)
  const { dataDir, db, inbox, config } = started
  const small = (n: number) => mail({ From: `p${n}@example.org`, Subject: `Small ${n}`, 'Message-ID': `<${n}@x>` })
  const folder = join(dataDir, 'mails')
  await mkdir(folder)
  await writeFile(join(dataDir, 'all.mbox'), mbox([small(1), large('mbox'), small(2)]))
  await writeFile(join(folder, 'one.eml'), large('eml'))
  const emlx = large('emlx')
  await writeFile(
    join(folder, 'two.emlx'),
    Buffer.concat([Buffer.from(`${emlx.length}\n`), emlx, Buffer.from('<plist/>')]),
  )
  // larger than any mail that arrives: its film goes on with zeros
  const vast = limits.mailBytesMost + megabyte
  const number = `${vast}\n`
  await writeFile(join(folder, 'vast.emlx'), Buffer.concat([Buffer.from(number), large('vast').subarray(0, -10)]))
  await truncate(join(folder, 'vast.emlx'), number.length + vast)
  const read = async (path: string) => {
    const report = new Report(() => {})
    const options = { db, workspaceId: inbox.workspaceId, own: new Set<string>(), status: 'OPEN' as const }
    const kind: Kind = await kindOf(path)
    const rest = { map: new Map(), update: false, include: new Set<never>(), dryRun: false, report, path, kind }
    await importFile({ ...options, ...rest, parser: createMailParser(), mailBytes: config.mailBytes })
    return report
  }
  const archive = await read(join(dataDir, 'all.mbox'))
  assert.deepEqual([archive.read, archive.stored, archive.failed, archive.leftOut], [3, 3, 0, noneLeftOut])
  assert.deepEqual(archive.notices, [{ place: 'all.mbox #2', reason: line.slice(1, -1) }])
  const files = await read(folder)
  assert.deepEqual(
    new Map(files.notices.map(({ place, reason }) => [place, reason])),
    new Map([
      ...['one.eml', 'two.emlx'].map((place) => [place, line.slice(1, -1)] as const),
      ['vast.emlx', line.slice(1, -1).replace('3 MiB', '151 MiB')],
    ]),
  )
  const found = (await inbox.get('/search?q=broken')).body.results.messages
  assert.equal(found.length, 4)
  for (const subject of ['Small 1', 'Small 2'])
    assert.equal((await inbox.get(`/search?q=${subject}`)).body.results.conversations.length, 1)
})

test('MAX_MAIL_SIZE is 1 to 150 MiB', () => {
  assert.equal(readConfig({}).mailBytes, 25 * megabyte)
  assert.equal(readConfig({ MAX_MAIL_SIZE: '150' }).mailBytes, 150 * megabyte)
  for (const wrong of ['0', '151', 'x']) assert.throws(() => readConfig({ MAX_MAIL_SIZE: wrong }), /MAX_MAIL_SIZE is/)
})
