import assert from 'node:assert/strict'
import test from 'node:test'
import { msg, type Saved, type SavedProperties, storedRtf } from '../../test/msg.ts'
import { mailOfMsg } from './msg.ts'
import { attachmentOf, parseMail } from './parse.ts'
import { createMailParser, Unreadable } from './parser.ts'

const jane = { 0x1a: 'IPM.Note', 0x0c1a: 'Jane Doe', 0x0c1f: 'jane@example.com', 0x37: 'Grüße' }
const sentAt = new Date('2026-02-03T10:00:00.000Z')

const read = async (saved: Saved) => parseMail(mailOfMsg(msg(saved)).raw)

test('a mail that Outlook saved has its people, date, texts and files', async () => {
  const { raw, isDraft } = mailOfMsg(
    msg({
      properties: {
        ...jane,
        0x39: sentAt,
        0x1035: '<one@example.com>',
        0x1042: '<zero@example.com>',
        0x1000: 'Hello Ωμέγα',
        0x1013: Buffer.from('<p>Hello <b>Ωμέγα</b> <img src="cid:logo@x"></p>'),
        0x3fde: 65001,
      },
      recipients: [
        { 0x0c15: 1, 0x3001: 'Help "Desk"', 0x3003: '/O=EX/CN=HELP', 0x39fe: 'help@example.com' },
        { 0x0c15: 2, 0x3001: 'Bob', 0x3003: 'bob@example.com' },
      ],
      attachments: [
        {
          0x3707: 'Übersicht.pdf',
          0x3704: 'UEBERS~1.PDF',
          0x370e: 'application/pdf',
          0x3701: Buffer.alloc(9000, 'ab'),
        },
        { 0x3707: 'logo.png', 0x370e: 'image/png', 0x3712: 'logo@x', 0x3701: Buffer.from('png') },
        { 0x3707: 'a\r\nX-Evil: 1.txt', 0x370e: 'multipart/mixed', 0x3701: Buffer.from('x') },
      ],
    }),
  )
  const mail = await parseMail(raw)
  assert.deepEqual(mail.from, { name: 'Jane Doe', address: 'jane@example.com' })
  assert.deepEqual(
    [...mail.to, ...mail.cc],
    [
      { name: 'Help "Desk"', address: 'help@example.com' },
      { name: 'Bob', address: 'bob@example.com' },
    ],
  )
  assert.deepEqual(
    [mail.subject, mail.date, mail.messageId, mail.references, mail.text, isDraft],
    ['Grüße', sentAt.toISOString(), 'one@example.com', ['zero@example.com'], 'Hello Ωμέγα', false],
  )
  assert.match(mail.html!, /<b>Ωμέγα<\/b> <img src="attachment:2"/)
  assert.deepEqual(mail.attachments, [
    { name: 'Übersicht.pdf', contentType: 'application/pdf', size: 9000 },
    { name: 'logo.png', contentType: 'image/png', size: 3 },
    { name: 'a X-Evil: 1.txt', contentType: 'application/octet-stream', size: 1 },
  ])
  assert.deepEqual(
    Buffer.from(attachmentOf(raw, { number: 1, name: 'Übersicht.pdf', size: 9000 })!),
    Buffer.alloc(9000, 'ab'),
  )
})

test('headers that a saved mail arrived with come before its properties', async () => {
  const headers = [
    'Microsoft Mail Internet Headers Version 2.0',
    'Received: from a.example by b.example;',
    '\tTue, 3 Feb 2026 10:00:00 +0000',
    'From: Real <real@example.com>',
    'Message-ID: <real@example.com>',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed;',
    ' boundary=gone',
    '',
    '',
  ].join('\r\n')
  const mail = await read({ properties: { ...jane, 0x7d: headers, 0x1000: 'Hello', 0x0e07: 8 } })
  assert.deepEqual(mail.from, { name: 'Real', address: 'real@example.com' })
  assert.deepEqual(
    [mail.subject, mail.messageId, mail.date, mail.text, mail.isAutomatic],
    ['Grüße', 'real@example.com', sentAt.toISOString(), 'Hello', true],
  )
})

test('a mail in a saved mail is a file that can be opened', async () => {
  const innermost = { properties: { ...jane, 0x37: 'Third', 0x1000: 'firebird' } }
  const inner = { properties: { ...jane, 0x37: 'Second', 0x1000: 'phoenix', 0x39: sentAt }, attachments: [innermost] }
  const { raw } = mailOfMsg(msg({ properties: { ...jane, 0x1000: 'First' }, attachments: [inner] }))
  const { attachments } = await parseMail(raw)
  assert.deepEqual(
    attachments.map(({ name, contentType }) => [name, contentType]),
    [['Second.eml', 'message/rfc822']],
  )
  const second = attachmentOf(raw, { number: 1, name: 'Second.eml', size: attachments[0]!.size })!
  const opened = await parseMail(second)
  assert.deepEqual([opened.text, opened.date], ['phoenix', sentAt.toISOString()])
  const third = attachmentOf(second, { number: 1, name: 'Third.eml', size: opened.attachments[0]!.size })!
  assert.equal((await parseMail(third)).text, 'firebird')
})

test('strings of a saved mail that are not in Unicode are read in its charset', async () => {
  const forms: [SavedProperties, Buffer, string][] = [
    [{ 0x3ffd: 1251 }, Buffer.from('cff0e8e2e5f2', 'hex'), 'Привет'],
    [{ 0x3ff1: 0x0411, 0x3fde: 50220 }, Buffer.from('93fa967b8cea', 'hex'), '日本語'],
    [{ 0x3ff1: 0x0404 }, Buffer.from('a4a4a4e5', 'hex'), '中文'],
    [{ 0x3ff1: 0x0415 }, Buffer.from('a3f3649f', 'hex'), 'Łódź'],
    [{}, Buffer.from('4772fcdf65', 'hex'), 'Grüße'],
  ]
  for (const [properties, bytes, expected] of forms) {
    const { subject, text } = await read({
      properties: { 0x1a: 'IPM.Note', ...properties },
      ansi: { 0x37: bytes, 0x1000: bytes },
    })
    assert.deepEqual([subject, text], [expected, expected])
  }
})

test('a saved mail that has only RTF shows its text', async () => {
  const rich = storedRtf("{\\rtf1\\ansi\\ansicpg1252 Gr\\'fc\\'dfe\\par Jane}")
  assert.equal((await read({ properties: { ...jane, 0x1009: rich } })).text, 'Grüße\nJane')
  const tagged = storedRtf(
    '{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}Hello {\\*\\htmltag84 <b>}you{\\*\\htmltag92 </b>}}',
  )
  const { html, text } = await read({ properties: { ...jane, 0x1009: tagged } })
  assert.deepEqual([html, text], ['<p>Hello <b>you</b></p>', 'Hello you'])
})

test('what was never sent is a draft', () => {
  assert.equal(mailOfMsg(msg({ properties: { ...jane, 0x0e07: 8 } })).isDraft, true)
  assert.equal(mailOfMsg(msg({ properties: { ...jane, 0x0e07: 1 } })).isDraft, false)
})

test('two copies of a saved mail become the same bytes', () => {
  const saved = { properties: { ...jane, 0x1000: 'Hello' }, attachments: [{ 0x3707: 'a', 0x3701: Buffer.from('a') }] }
  assert.deepEqual(mailOfMsg(msg(saved)), mailOfMsg(msg(saved)))
})

test('a file of Outlook that is no mail is refused with its kind', () => {
  for (const kind of ['IPM.Contact', 'IPM.Appointment', 'IPM.StickyNote', 'IPM.Task'])
    assert.throws(() => mailOfMsg(msg({ properties: { 0x1a: kind } })), { message: `not a mail, but ${kind}` })
})

test('a contact that is attached to a saved mail is a file', async () => {
  const contact = { properties: { 0x1a: 'IPM.Contact', 0x3001: 'Bob' } }
  const { raw } = mailOfMsg(msg({ properties: { ...jane, 0x1000: 'See Bob' }, attachments: [contact] }))
  const { text, attachments } = await parseMail(raw)
  assert.deepEqual([text, attachments.map(({ name }) => name)], ['See Bob', ['attachment.msg']])
  const content = attachmentOf(raw, { number: 1, name: 'attachment.msg', size: attachments[0]!.size })!
  assert.throws(() => mailOfMsg(content), { message: 'not a mail, but IPM.Contact' })
})

const sectorOf = (bytes: Buffer, number: number) => (number + 1) * (1 << bytes.readUInt16LE(30))

/** What hostile files say of themselves. */
const broken: Record<string, (bytes: Buffer) => Buffer> = {
  'cut off': (bytes) => bytes.subarray(0, bytes.length / 2),
  empty: () => Buffer.alloc(0),
  'with a size of its own': (bytes) => {
    for (let at = 0; at < bytes.length; at += 128) if (bytes[at + 66] === 2) bytes.writeInt32LE(0x7fffffff, at + 120)
    return bytes
  },
  'with folders in a circle': (bytes) => {
    const names = sectorOf(bytes, bytes.readInt32LE(48))
    for (let at = names; at < names + 512; at += 128) for (const link of [68, 72, 76]) bytes.writeInt32LE(0, at + link)
    return bytes
  },
}

for (const [what, change] of Object.entries(broken))
  test(`a saved mail ${what} is refused, and the next is read`, async () => {
    const good = msg({
      properties: { ...jane, 0x1000: 'Hello '.repeat(2000) },
      attachments: [{ 0x3701: Buffer.alloc(9000) }],
    })
    const parser = createMailParser()
    await assert.rejects(parser.mailOfMsg(change(Buffer.from(good))), Unreadable)
    assert.match((await parser.parse((await parser.mailOfMsg(good)).raw)).text, /^Hello /)
    parser.close()
  })
