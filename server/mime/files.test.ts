import assert from 'node:assert/strict'
import test from 'node:test'
import { mail } from '../../test/make.ts'
import { storedRtf } from '../../test/msg.ts'
import { limits } from '../limits.ts'
import { attachmentOf, parseMail } from './parse.ts'

const from = { From: 'Jane <jane@example.com>' }

/** Parts, each its fields, an empty line and its content. */
const withParts = (...parts: Buffer[]) =>
  Buffer.concat([
    mail({ ...from, 'Content-Type': 'multipart/mixed; boundary=cut' }, '').subarray(0, -2),
    ...parts.flatMap((part) => [Buffer.from('--cut\r\n'), part, Buffer.from('\r\n')]),
    Buffer.from('--cut--\r\n'),
  ])

const part = (fields: string[], content: Buffer | string) =>
  Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(content)])

/** Names and contents, as they are counted and served. */
const filesOf = async (raw: Buffer) => {
  const { attachments } = await parseMail(raw)
  return attachments.map(({ name, size }, i) => {
    const content = Buffer.from(attachmentOf(raw, { number: i + 1, name, size })!)
    assert.equal(content.length, size)
    return [name, content] as const
  })
}

const uu = (content: Buffer, name: string) => {
  const sign = (value: number) => String.fromCharCode((value & 0x3f) + 0x20 === 0x20 ? 0x60 : (value & 0x3f) + 0x20)
  const lines: string[] = []
  for (let at = 0; at < content.length; at += 45) {
    const line = content.subarray(at, at + 45)
    const padded = Buffer.concat([line, Buffer.alloc((3 - (line.length % 3)) % 3)])
    const signs = Array.from({ length: padded.length / 3 }, (_, i) => padded.readUIntBE(i * 3, 3)).map((bits) =>
      [bits >> 18, bits >> 12, bits >> 6, bits].map(sign).join(''),
    )
    lines.push(sign(line.length) + signs.join(''))
  }
  return [`begin 644 ${name}`, ...lines, '`', 'end'].join('\r\n')
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const text = Buffer.from('a;b\r\n\xfc;\x80\r\n', 'latin1')

test('the bytes of a file are exact, however they were sent', async () => {
  const encoded: [string, Buffer, Buffer | string][] = [
    ['7bit', Buffer.from('abc'), 'abc'],
    ['7bit', Buffer.from('abc\r\n'), 'abc\r\n'],
    ['8bit', text, text],
    ['binary', everyByte, everyByte],
    ['', everyByte, everyByte],
    ['base64', everyByte, everyByte.toString('base64').replace(/.{76}/g, '$&\r\n')],
    ['BASE64', everyByte, everyByte.toString('base64')],
    ['base64', Buffer.from('onetwo'), 'b25l\r\ndHdv'],
    ['base64', Buffer.from('aab'), 'YWE=\r\nYg=='],
    ['quoted-printable', Buffer.from('a=\r\nbü '), 'a=3D=0D=0Ab=C3=BC=20'],
    ['quoted-printable', Buffer.from('abc=x'), 'a= \r\nb=\r\nc=x'],
    ['quoted-printable', Buffer.from('a ABC=A'), 'a =\nA=\n=\r\nBC=A'],
    ['x-uuencode', everyByte, uu(everyByte, 'x.bin')],
    ['uuencode', Buffer.from('x'), uu(Buffer.from('x'), 'x.bin')],
  ]
  const types = [
    'application/octet-stream',
    'text/plain; charset=utf-8',
    'text/csv; charset=windows-1252',
    'text/xml',
    'text/html',
  ]
  for (const type of types)
    for (const [encoding, content, sent] of encoded) {
      const fields = [`Content-Type: ${type}`, 'Content-Disposition: attachment; filename=a.dat']
      if (encoding !== '') fields.push(`Content-Transfer-Encoding: ${encoding}`)
      assert.deepEqual(await filesOf(withParts(part(fields, sent))), [['a.dat', content]], `${type} ${encoding}`)
    }
})

test('an invitation keeps its bytes', async () => {
  const content = Buffer.from('BEGIN:VCALENDAR\r\nSUMMARY:Gr\xfc\xdfe\r\nEND:VCALENDAR', 'latin1')
  for (const charset of ['utf-8', 'windows-1252', 'us-ascii']) {
    const calendar = part(
      [`Content-Type: text/calendar; method=REQUEST; charset=${charset}`, 'Content-Disposition: inline'],
      content,
    )
    assert.deepEqual((await filesOf(withParts(calendar)))[0]?.[1], content)
  }
})

test('file names are read in any form', async () => {
  const names: [string, string][] = [
    ['attachment; filename="Gr\xfc\xdfe.pdf"', 'Grüße.pdf'],
    ['attachment; filename=Gr\xc3\xbc\xc3\x9fe.pdf', 'Grüße.pdf'],
    ['attachment; filename="=?utf-8?Q?Gr=C3?=\r\n =?UTF-8?B?vMOfZS5wZGY=?="', 'Grüße.pdf'],
    ["attachment; filename*=UTF-8''%e2%82%ac.pdf; filename=euro.pdf", '€.pdf'],
    ["attachment; filename=euro.pdf; filename*=UTF-8''%e2%82%ac.pdf", '€.pdf'],
    ["attachment; filename*1*=%9Fe.pdf; filename*0*=UTF-8'de'Gr%C3%BC%C3", 'Grüße.pdf'],
    ['attachment; filename*0*=windows-1251\'\'%CF%F0; filename*1="a.txt"', 'Прa.txt'],
    ['attachment; filename*0="a b"; filename*1=" c.pdf"', 'a b c.pdf'],
    ['attachment; filename=a b (1).pdf', 'a b (1).pdf'],
    ['attachment; filename="a;b \\"c\\".pdf"', 'a;b "c".pdf'],
    ['attachment; filename="C:\\temp\\a.txt"', 'C:\\temp\\a.txt'],
    ["attachment; filename*=UTF-8''100%.pdf", '100%.pdf'],
    ['attachment; filename="open.pdf', 'open.pdf'],
    ['attachment', 'attachment-1'],
  ]
  for (const [disposition, name] of names)
    assert.equal((await filesOf(withParts(part([`Content-Disposition: ${disposition}`], 'x'))))[0]?.[0], name)
  const named = part(['Content-Type: application/pdf; name="\xdcbung.pdf"'], 'x')
  assert.equal((await filesOf(withParts(named)))[0]?.[0], 'Übung.pdf')
})

test('files that are written in a text are taken out of it', async () => {
  const [one, two] = [everyByte, Buffer.from('two')]
  const base64 = `begin-base64 644 two.bin\r\n${two.toString('base64')}\r\n====`
  const raw = mail(from, `Hello.\r\n\r\n${uu(one, 'one file.bin')}\r\nThen \r\n${base64}\r\nBye.`)
  assert.deepEqual(await filesOf(raw), [
    ['one file.bin', one],
    ['two.bin', two],
  ])
  assert.equal((await parseMail(raw)).text.replace(/\s+/g, ' '), 'Hello. Then Bye.')
  for (const body of [
    'begin 644 the work\r\ntomorrow.\r\nend',
    'begin 644 x',
    'begin 644 x\r\n#86)C',
    'begin\r\nend',
  ]) {
    const { text, attachments } = await parseMail(mail(from, body))
    assert.deepEqual([text, attachments], [body.replaceAll('\r', ''), []])
  }
})

test('of too many files in a text the first are counted', async () => {
  const { attachments } = await parseMail(mail(from, 'begin 644 a\nend\n'.repeat(200_000)))
  assert.equal(attachments.length, limits.mailAttachments)
})

test('a mail in a mail is a file that can be opened', async () => {
  const inner = Buffer.from('From: Bob <bob@example.com>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nfirebird')
  const forms: [string[], string, boolean][] = [
    [['Content-Disposition: attachment; filename="old.eml"'], 'old.eml', false],
    [['Content-Disposition: attachment; filename="old"'], 'old.eml', false],
    [['Content-Disposition: attachment'], 'Grüße.eml', false],
    [['Content-Disposition: inline'], 'Grüße.eml', true],
    [[], 'Grüße.eml', true],
  ]
  for (const [fields, name, isShown] of forms) {
    const raw = withParts(
      part(['Content-Type: text/plain'], 'see below'),
      part(['Content-Type: message/rfc822', ...fields], inner),
    )
    assert.deepEqual(await filesOf(raw), [[name, inner]])
    assert.equal((await parseMail(raw)).text.includes('firebird'), isShown)
  }
})

const attribute = (level: number, id: number, content: Buffer) => {
  const head = Buffer.alloc(9)
  head.writeUInt8(level)
  head.writeUInt32LE(id, 1)
  head.writeUInt32LE(content.length, 5)
  return Buffer.concat([head, content, Buffer.alloc(2)])
}

const properties = (...all: [id: number, type: number, value: Buffer][]) => {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const fixed = Buffer.concat([int(0x3705_0003 >>> 0), int(1)])
  const variable = all.flatMap(([id, type, value]) => [
    int(((id << 16) | type) >>> 0),
    int(1),
    int(value.length),
    value,
    Buffer.alloc((4 - (value.length % 4)) % 4),
  ])
  return Buffer.concat([int(all.length + 1), fixed, ...variable])
}

const tnef = (...attributes: Buffer[]) => Buffer.concat([Buffer.from('789f3e220100', 'hex'), ...attributes])

test('a winmail.dat is unpacked', async () => {
  const inner = tnef(
    attribute(2, 0x69002, Buffer.alloc(14)),
    attribute(2, 0x18010, Buffer.from('inner.txt\0')),
    attribute(2, 0x6800f, Buffer.from('deep')),
  )
  const content = tnef(
    attribute(1, 0x69007, Buffer.from('e304000000000000', 'hex')),
    attribute(1, 0x2800c, Buffer.from('Hello from Outlook.\0')),
    attribute(2, 0x69002, Buffer.alloc(14)),
    attribute(2, 0x18010, Buffer.from('BERICH~1.PDF\0')),
    attribute(2, 0x6800f, everyByte),
    attribute(
      2,
      0x69005,
      properties(
        [0x3707, 0x1f, Buffer.from('Übersicht – Mai.pdf\0', 'utf16le')],
        [0x370e, 0x1e, Buffer.from('application/pdf\0')],
      ),
    ),
    attribute(2, 0x69002, Buffer.alloc(14)),
    attribute(2, 0x18010, Buffer.from('\xea.txt\0', 'latin1')),
    attribute(2, 0x6800f, Buffer.from('x')),
    attribute(2, 0x69002, Buffer.alloc(14)),
    attribute(2, 0x69005, properties([0x3701, 0x0d, Buffer.concat([Buffer.alloc(16), inner])])),
  )
  const fields = ['Content-Type: application/ms-tnef; name="winmail.dat"', 'Content-Transfer-Encoding: base64']
  const raw = withParts(part(['Content-Type: text/plain'], ''), part(fields, content.toString('base64')))
  assert.deepEqual(await filesOf(raw), [
    ['Übersicht – Mai.pdf', everyByte],
    ['к.txt', Buffer.from('x')],
    ['inner.txt', Buffer.from('deep')],
  ])
  assert.equal((await parseMail(raw)).text, 'Hello from Outlook.')
  // cut off or no such file at all: it stays
  for (const broken of [
    content.subarray(0, 100),
    Buffer.from('x'),
    tnef(),
    Buffer.concat([tnef(), Buffer.alloc(20, 0xff)]),
  ])
    assert.deepEqual(await filesOf(withParts(part(fields, broken.toString('base64')))), [['winmail.dat', broken]])
})

test('the text of a winmail.dat that has only RTF is shown', async () => {
  const fields = ['Content-Type: application/ms-tnef; name="winmail.dat"', 'Content-Transfer-Encoding: base64']
  const bodies: [string, string | null, string][] = [
    ["{\\rtf1\\ansi\\ansicpg1252 Gr\\'fc\\'dfe\\par Jane}", null, 'Grüße\nJane'],
    ['{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}Hello{\\*\\htmltag72 </p>}}', '<p>Hello</p>', 'Hello'],
  ]
  for (const [rtf, html, text] of bodies) {
    const content = tnef(attribute(1, 0x69003, properties([0x1009, 0x102, storedRtf(rtf)])))
    const mail = await parseMail(withParts(part(fields, content.toString('base64'))))
    assert.deepEqual([mail.html, mail.text, mail.attachments], [html, text, []])
  }
})

test('a file that was counted otherwise when it was stored is found by its name and size', () => {
  const parts = ['a.txt', 'b.txt', 'c.txt'].map((name) =>
    part([`Content-Disposition: attachment; filename=${name}`], name),
  )
  const raw = withParts(...parts)
  const read = (number: number, name: string, size: number) =>
    Buffer.from(attachmentOf(raw, { number, name, size })!).toString()
  assert.equal(read(3, 'b.txt', 6), 'b.txt')
  assert.equal(read(9, 'c.txt', 5), 'c.txt')
  assert.equal(read(2, 'b.txt', 5), 'b.txt')
  // its name is read better now
  assert.equal(read(2, 'b?.txt', 5), 'b.txt')
  assert.equal(attachmentOf(raw, { number: 9, name: 'gone.txt', size: 5 }), null)
})
