import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail } from '../../test/make.ts'
import { parseMail } from './parse.ts'
import { createMailParser, Unreadable } from './parser.ts'

const raw = mail({ From: 'jane@example.com', Subject: 'Hello' })
/** The processes that this one has started. */
const children = (): number[] => {
  const found = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return [...found.matchAll(/^\s*(\d+) .*parser-process/gm)].map(([, pid]) => Number(pid))
}
const endChildren = () => {
  for (const pid of children()) process.kill(pid, 'SIGTERM')
}

test('a process that was ended from outside is replaced, and no mail is blamed for it', async () => {
  const parser = createMailParser()
  assert.equal((await parser.parse(raw)).subject, 'Hello')
  endChildren()
  assert.equal((await parser.parse(raw)).subject, 'Hello')
  const busy = [parser.parse(raw), parser.parse(raw), parser.parse(raw)]
  endChildren()
  for (const { subject } of await Promise.all(busy)) assert.equal(subject, 'Hello')
  parser.close()
})

test('lines, encoded lines and files are joined as Node.js joins them', async () => {
  const part = (encoding: string, body: string, type = 'text/plain; charset=utf-8') =>
    `--x\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`
  const file = Buffer.alloc(150 * 1024, 'Ω0123456789').toString('base64')
  const parts = [
    part('8bit', 'Grüße aus Köln\r\n\r\n–\r\nJane'),
    part('quoted-printable', 'Gr=C3=BC=C3=9Fe =\r\nnoch einmal'),
    part('base64', Buffer.from('und wieder\nGrüße').toString('base64')),
    part('base64', file.replace(/.{76}/g, '$&\r\n'), 'application/pdf; name=a.pdf'),
    part('base64', '', 'application/octet-stream; name=empty'),
  ]
  const raw = mail({ 'Content-Type': 'multipart/mixed; boundary=x' }, `${parts.join('')}--x--`)
  const parser = createMailParser()
  const parsed = await parser.parse(raw)
  assert.deepEqual(parsed, await parseMail(raw))
  assert.equal(parsed.text, 'Grüße aus Köln\n\n–\nJane\n\nGrüße noch einmal\n\nund wieder\nGrüße')
  assert.deepEqual(
    parsed.attachments.map(({ name, size }) => [name, size]),
    [
      ['a.pdf', 150 * 1024],
      ['empty', 0],
    ],
  )
  parser.close()
})

test('what cannot be taken apart is said to be so, and nothing that was sent with it is blamed or mixed up', async () => {
  const parser = createMailParser()
  const deep = mail(
    { 'Content-Type': 'multipart/mixed; boundary=x0' },
    Array.from({ length: 150 }, (_, i) => `--x${i}\r\nContent-Type: multipart/mixed; boundary=x${i + 1}\r\n`).join(
      '\r\n',
    ),
  )
  // from small ones to large ones, so that some are sent ahead and others wait
  const many = Array.from({ length: 100 }, (_, i) => `Mail ${i}`)
  const parse = async (subject: string, i: number) =>
    (await parser.parse(mail({ From: 'jane@example.com', Subject: subject }, `${'x'.repeat(76)}\r\n`.repeat(i * 10))))
      .subject
  const before = many.map(parse)
  const failing = parser.parse(deep)
  const after = many.map(parse)
  await assert.rejects(failing, Unreadable)
  endChildren()
  assert.deepEqual(await Promise.all([...before, ...after]), [...many, ...many])
  parser.close()
})

test('closing ends what is under way, what waits and what comes', async () => {
  const parser = createMailParser()
  const asked = [parser.parse(raw), parser.parse(raw)]
  parser.close()
  for (const outcome of await Promise.allSettled([...asked, parser.parse(raw)]))
    assert.match(outcome.status === 'rejected' ? outcome.reason.message : '', /is closed/)
})

test('one that has nothing to do ends by itself when it is closed', { timeout: 10_000 }, async ({ signal }) => {
  const parser = createMailParser()
  await parser.parse(raw)
  assert.equal(children().length, 1)
  parser.close()
  while (children().length > 0) await sleep(20, undefined, { signal })
})
