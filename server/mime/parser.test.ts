import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail } from '../../test/make.ts'
import { parserProcesses, signalParsers } from '../../test/parser-processes.ts'
import { FairQueue } from './fair-queue.ts'
import { parseMail } from './parse.ts'
import { createMailParser, Unreadable } from './parser.ts'

const raw = mail({ From: 'jane@example.com', Subject: 'Hello' })
test('a process that was ended from outside is replaced, and no mail is blamed for it', async () => {
  const parser = createMailParser()
  assert.equal((await parser.parse(raw)).subject, 'Hello')
  signalParsers('SIGTERM')
  assert.equal((await parser.parse(raw)).subject, 'Hello')
  const busy = [parser.parse(raw), parser.parse(raw), parser.parse(raw)]
  signalParsers('SIGTERM')
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
  signalParsers('SIGTERM')
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
  assert.equal(parserProcesses().length, 1)
  parser.close()
  while (parserProcesses().length > 0) await sleep(20, undefined, { signal })
})

for (const signal of ['SIGABRT', 'SIGKILL', 'SIGSEGV'] as const)
  test(`an input that ends its process with ${signal} is never tried again`, async () => {
    const parser = createMailParser()
    await parser.parse(raw)
    // the signals of V8 with a full heap, of the kernel without memory, and of a crash
    const works = [
      () => parser.parse(raw),
      () => parser.cleanHtml('<p>x'),
      () => parser.attachment(raw, { number: 1, name: 'a.pdf', size: 1 }),
    ]
    for (const work of works) {
      await work()
      signalParsers('SIGSTOP')
      const doomed = work()
      const others = [work(), work()]
      signalParsers(signal)
      signalParsers('SIGCONT')
      await assert.rejects(doomed, Unreadable)
      await Promise.all(others)
    }
    parser.close()
  })

test('a mail that takes long holds up no other sender, and is parsed', async (t) => {
  const parser = createMailParser()
  t.after(() => parser.close())
  const parse = async (sender: string[]) => (await parser.parse(raw, sender)).subject
  await parser.parse(raw)
  await parser.cleanHtml('')
  const [stopped] = parserProcesses('mail')
  process.kill(stopped!, 'SIGSTOP')
  const done: string[] = []
  const hostile = Array.from({ length: 5 }, () => parse(['a', 'x']).then(() => done.push('hostile')))
  for (const sender of [
    ['a', 'y'],
    ['b', 'x'],
    ['b', 'z'],
  ])
    assert.equal(await parse(sender), 'Hello')
  assert.deepEqual([done, await parser.cleanHtml('<p>x')], [[], '<p>x</p>'])
  process.kill(stopped!, 'SIGCONT')
  await Promise.all(hostile)
  assert.equal(done.length, 5)
})

test('what takes longer than its time is refused, and nothing that was sent with it', async (t) => {
  const parser = createMailParser()
  t.after(() => parser.close())
  await parser.cleanHtml('')
  const [stopped] = parserProcesses('interactive')
  process.kill(stopped!, 'SIGSTOP')
  const slow = parser.cleanHtml('<p>x')
  const others = Array.from({ length: 100 }, () => parser.cleanHtml('<p>y'))
  await assert.rejects(slow, new Unreadable('parsing it took more than 5 seconds'))
  for (const html of await Promise.all(others)) assert.equal(html, '<p>y</p>')
  assert.ok(!parserProcesses().includes(stopped!))
})

test('a mail whose file is gone is not blamed for it', async (t) => {
  const parser = createMailParser()
  t.after(() => parser.close())
  await assert.rejects(parser.parse('/nowhere/mail'), (error) => !(error instanceof Unreadable))
})

test('networks get equal shares, and in each its senders', () => {
  const queue = new FairQueue<string>()
  for (const item of ['a x 1', 'a x 2', 'a x 3', 'a y 1', 'b z 1', 'b z 2', 'c w 1']) {
    const [network, sender] = item.split(' ') as [string, string]
    queue.add([network, sender], item)
  }
  assert.ok(queue.has(['a', 'x']) && !queue.has(['b', 'x']))
  assert.deepEqual(queue.takeAll(), ['a x 1', 'b z 1', 'c w 1', 'a y 1', 'b z 2', 'a x 2', 'a x 3'])
  assert.equal(queue.take(), undefined)
})
