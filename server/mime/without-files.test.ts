import assert from 'node:assert/strict'
import test from 'node:test'
import { cpuOf } from '../../test/cpu.ts'
import { parseMail } from './parse.ts'
import { FileRemover, withoutFiles } from './without-files.ts'

const most = 100_000
const filler = Buffer.alloc(150_000, 'x').toString('base64').replace(/.{76}/g, '$&\r\n')

const part = (headers: string[], body: string) => [...headers, '', body].join('\r\n')
const multipart = (kind: string, boundary: string, parts: string[]) =>
  part(
    [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    [...parts.map((one) => `--${boundary}\r\n${one}`), `--${boundary}--`, ''].join('\r\n'),
  )
const text = part(['Content-Type: text/plain; charset=utf-8'], 'Grüße, see below')
const html = part(['Content-Type: text/html'], '<p>Hello <b>there</b></p>')
const file = (type: string, ...more: string[]) =>
  part([`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', ...more], filler)
const head = 'From: Jane <jane@example.org>\r\nSubject: Files\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n'

const reduced = async (body: string, lineEnd = '\r\n') => {
  const whole = Buffer.from((head + body).replaceAll('\r\n', lineEnd))
  const { raw, omitted } = withoutFiles(whole, most)
  assert.ok(raw.length <= most)
  return { ...(await parseMail(raw)), raw, omitted }
}

test('a mail keeps its headers and texts and names the files it lost', async () => {
  const cases: Record<string, [body: string, names: string]> = {
    'beside the text': [
      multipart('mixed', 'a', [text, file('application/pdf; name="report.pdf"', 'Content-Disposition: attachment')]),
      'report.pdf (147 KiB)',
    ],
    nested: [
      multipart('mixed', 'a', [
        multipart('related', 'b', [multipart('alternative', 'c', [text, html]), file('image/png; name=logo.png')]),
        file('video/mp4', 'Content-Disposition: attachment; filename="=?utf-8?B?RmlsbSDDvC5tcDQ=?="'),
      ]),
      'logo.png (147 KiB), Film ü.mp4 (147 KiB)',
    ],
    'named as RFC 2231 says': [
      multipart('mixed', 'a', [
        text,
        file('image/jpeg', "Content-Disposition: attachment;\r\n filename*0*=utf-8''f%C3%BC; filename*1=r.jpg"),
      ]),
      'für.jpg (147 KiB)',
    ],
    'a text that is a file': [
      multipart('mixed', 'a', [text, file('text/csv', 'Content-Disposition: attachment; filename=rows.csv')]),
      'rows.csv (147 KiB)',
    ],
    'a mail in it': [
      multipart('mixed', 'a', [text, part(['Content-Type: message/rfc822'], `${head}\r\n${filler}`)]),
      'message/rfc822 (201 KiB)',
    ],
    'a boundary that begins like another': [
      multipart('mixed', 'a', [text, multipart('mixed', 'a-b--', [file('image/gif; name=x.gif')])]),
      'x.gif (147 KiB)',
    ],
    'without an end': [multipart('mixed', 'a', [text, file('image/gif; name=x.gif')]).slice(0, -10), 'x.gif (147 KiB)'],
  }
  for (const [what, [body, names]] of Object.entries(cases))
    for (const lineEnd of ['\r\n', '\n', '\r']) {
      const mail = await reduced(body, lineEnd)
      const said = what + JSON.stringify(lineEnd)
      assert.equal(mail.omitted?.split(': ')[1]?.replace(/\d+ KiB/g, '# KiB'), names.replace(/\d+ KiB/g, '# KiB'), said)
      if (lineEnd === '\r\n') assert.equal(mail.omitted?.split(': ')[1], names, said)
      assert.match(mail.text, /Grüße, see below/, said)
      assert.ok(mail.text.includes(`[${mail.omitted}]`), said)
      assert.deepEqual([mail.attachments, mail.subject, mail.messageId], [[], 'Files', '1@example.org'], said)
      if (mail.html !== null)
        assert.ok(mail.html.includes('Hello <b>there</b>') && mail.html.includes('Not kept'), said)
    }
})

test('a mail that is one file keeps its headers and names it', async () => {
  const mail = await reduced(file('application/zip; name=all.zip'))
  assert.equal(mail.text.trim(), '[Not kept, because the mail was larger than 98 KiB: all.zip (147 KiB)]')
  assert.equal(mail.from?.address, 'jane@example.org')
})

test('a text that is too large is cut, and said to be', async () => {
  const mail = await reduced(part(['Content-Type: text/plain'], 'It begins. \r\n'.repeat(20_000)))
  assert.match(mail.text, /^It begins\./)
  assert.match(mail.omitted!, /: \d+ KiB of its text$/)
  assert.ok(mail.text.endsWith(`[${mail.omitted}]`))
})

test('the pieces that it comes in change nothing, nor does a forged end', async () => {
  const forged = part(['Content-Type: text/plain'], 'Before\r\n--=_files_were_omitted--\r\nAfter')
  const sent = head + multipart('mixed', 'a', [forged, file('image/gif; name=x.gif')])
  for (const whole of [sent, `Received: x\r\n${sent.replaceAll('\r\n', '\r')}`].map((text) => Buffer.from(text))) {
    const { raw } = withoutFiles(whole, most)
    for (const size of [1, 7, 1000, 65_536]) {
      const remover = new FileRemover(most)
      const pieces: Buffer[] = []
      for (let at = 0; at < whole.length; at += size) pieces.push(remover.write(whole.subarray(at, at + size)))
      assert.deepEqual(Buffer.concat([...pieces, remover.end()]), raw, String(size))
    }
    const { text } = await parseMail(raw)
    assert.match(text, /Before\s+After[^]*x\.gif/)
  }
})

test('hostile mails cost time in proportion to their size, and keep no more than they may', () => {
  const size = 4_000_000
  const attacks: Record<string, string> = {
    'empty lines': '\n',
    dashes: '--\n',
    boundaries: '--a\n',
    parts: '--a\n\n',
    'nested multiparts': '--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n',
    parameters: '--a\nContent-Disposition: attachment;filename*0="x";filename*1="x";filename*2="x"\n\nx\n',
    'open quotes': ';name="x',
    'one line': 'x',
    'header lines': 'X: y\n',
  }
  const begun = `${head}Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\n`
  const timeOf = (attack: string, bytes: number) => {
    const whole = Buffer.from(begun + attack.repeat(bytes / attack.length))
    return cpuOf(() => assert.ok(withoutFiles(whole, most).raw.length <= most))
  }
  for (const [what, attack] of Object.entries(attacks)) {
    timeOf(attack, size / 4)
    const [small, large] = [timeOf(attack, size / 4), timeOf(attack, size)]
    assert.ok(large < 12 * Math.max(small, 20), `${what}: ${small} and ${large} ms`)
  }
})
