import assert from 'node:assert/strict'
import test from 'node:test'
import { mail } from '../../test/make.ts'
import { leastCpuOfTask } from '../../test/cpu.ts'
import { hostile } from '../../test/attacks/hostile.ts'
import { limits } from '../limits.ts'
import { parseMail } from './parse.ts'

const costOf = (raw: Uint8Array, runs?: number) => leastCpuOfTask(() => parseMail(raw).catch(() => {}), runs)

/** Milliseconds for the smaller mail: what is quicker is not measured more closely. */
const suspicious = 25

const assertLinear = async (what: string, make: (size: number) => Uint8Array, size: number) => {
  if ((await costOf(make(size), 1)) < suspicious) return
  const least = await costOf(make(size))
  if (least < suspicious) return
  const growth = Math.sqrt((await costOf(make(size * 4))) / least)
  assert.ok(growth < 3, `${what}: ${growth} times for each doubling`)
}

const from = { From: 'Jane <jane@example.com>' }
const structured = 'From Subject Received References Date Content-Type Content-Disposition'.split(' ')
const signs = [
  '(',
  '()',
  '"',
  '\\',
  ',',
  ':',
  'a:;',
  '"\\"',
  '<"',
  '"a"@',
  'a@',
  'a@::::::::',
  '<"a>',
  '<a@b>,',
  '=?',
  '=?utf-8?q?a?= ',
  ';a*0=b',
  '*0=',
  ';a*=x',
  '=?a?b?',
  '=?utf-8?b?w?= ',
  'a\r\n ',
  '; (',
]

test('a header of any kind costs linear time', async () => {
  for (const name of structured)
    for (const sign of [...signs, ...Object.values(hostile).map((make) => make(16).replaceAll('\n', ' '))]) {
      const make = (size: number) => mail({ ...from, [name]: `x; ${sign.repeat(size / sign.length)}` })
      await assertLinear(`${name}: ${JSON.stringify(sign)}`, make, 10_000)
    }
})

test('a header of dates in open brackets costs no more than another', async () => {
  const raw = (name: string) => mail({ ...from, [name]: `Mon, 1 Jan 2024 10:00:00 +0000 ${'('.repeat(100_000)}` })
  for (const name of ['Date', 'Received'])
    assert.ok((await costOf(raw(name))) < 2 * (await costOf(raw('X-Other'))) + 20, name)
})

/** Lines of texts in which files may be written. */
const textLines = [
  'begin 644 a\n',
  'begin 644 a\nend\n',
  'begin 644 a\n#AAAA\n',
  'begin-base64 644 a\nAAAA\n',
  '>',
  '- ',
  '\x1b$B',
  '+AA',
  '=\n',
  '= ',
]

const tags = '<b> <h1> <p> <td> <li> <svg> <x:y> <!-- & &amp; <a <![CDATA[ <br> </b> <table><tr><td> <style>'.split(' ')

test('a body of any kind costs linear time', async () => {
  const texts = [...tags, ...textLines, ...Object.values(hostile).map((make) => make(32))]
  const kinds = [
    ['text/html; charset=utf-8', '8bit'],
    ['text/html; charset=iso-2022-jp', '8bit'],
    ['text/plain; format=flowed', '8bit'],
    ['text/plain; charset=utf-7', '8bit'],
    ['text/plain; charset=hz-gb-2312', '8bit'],
    ['text/plain', 'quoted-printable'],
    ['text/plain', 'base64'],
    ['text/plain', 'x-uuencode'],
  ] as const
  for (const [type, encoding] of kinds)
    for (const text of type.startsWith('text/html') ? texts : texts.slice(tags.length)) {
      const headers = { ...from, 'Content-Type': type, 'Content-Transfer-Encoding': encoding }
      const make = (size: number) => mail(headers, text.repeat(size / text.length))
      await assertLinear(`${type} ${encoding}: ${JSON.stringify(text)}`, make, 10_000)
    }
})

test('parts of any kind cost linear time', async () => {
  const parts = [
    '\n',
    'Content-Type: text/html\n\n<p>a',
    'Content-Disposition: attachment\n\na',
    'Content-Type: multipart/mixed; boundary=x\n\n--x',
    'Content-Type: application/ms-tnef\n\nx\x9f>"',
    'Content-Type: message/rfc822\n\n\na',
  ]
  for (const part of parts) {
    const headers = { ...from, 'Content-Type': 'multipart/mixed; boundary=cut' }
    const make = (size: number) => mail(headers, `--cut\n${part}\n`.repeat(size / 20))
    await assertLinear(JSON.stringify(part), make, 10_000)
  }
})

test('of too many lines, recipients and attachments the first are read', async () => {
  const to = 'a@b.example, '.repeat(limits.mailRecipients + 10)
  assert.equal((await parseMail(mail({ ...from, To: to }))).to.length, limits.mailRecipients)
  const cut = { ...from, 'Content-Type': 'multipart/mixed; boundary=cut' }
  const part = '--cut\nContent-Disposition: attachment\n\na\n'
  const many = await parseMail(mail(cut, part.repeat(limits.mailAttachments + 10)))
  assert.equal(many.attachments.length, limits.mailAttachments)
  const lines = await parseMail(mail(from, `Hello.\n${'a\n'.repeat(limits.mailLines)}`))
  assert.ok(lines.text.startsWith('Hello.\na'))
  assert.ok(lines.text.length <= 2 * limits.mailLines)
})

test('the words of HTML that is nested too deep are kept', async () => {
  const html = `${'<b>'.repeat(10_000)}Hello <i>you</i>`
  const { text, html: cleaned } = await parseMail(mail({ ...from, 'Content-Type': 'text/html' }, html))
  assert.equal(cleaned, null)
  assert.match(text, /Hello\s+you/)
})
