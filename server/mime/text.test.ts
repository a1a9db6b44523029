import assert from 'node:assert/strict'
import test from 'node:test'
import { mail } from '../../test/make.ts'
import { parseMail } from './parse.ts'

const from = { From: 'Jane <jane@example.com>' }
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** A mail with bytes as its body. */
const withBody = (headers: Record<string, string>, body: Buffer) =>
  Buffer.concat([mail({ ...from, ...headers }, '').subarray(0, -2), body])

const textOf = async (raw: Buffer) => (await parseMail(raw)).text

// text, charset, its bytes in base64
const charsets: [string, string, string][] = [
  ['Grüße', 'cp850', 'R3KB4WU='],
  ['é', 'ibm437', 'gg=='],
  ['㗎你好', 'big5-hkscs', 'ne6nQaZu'],
  ['똠방각하', 'EUC-KR', 'jGO55rCix88='],
  ['똠방각하', 'ks_c_5601-1987', 'jGO55rCix88='],
  ['똠방각하', 'x-windows-949', 'jGO55rCix88='],
  ['你好 abc', 'hz-gb-2312', 'fntEYzpDfn0gYWJj'],
  ['Grüße €', 'utf-7', 'R3IrQVB3QTN3LWUgK0lLdy0='],
  ['Grüße €', 'unicode-1-1-utf-7', 'R3IrQVB3QTN3LWUgK0lLdy0='],
  ['안녕하세요', 'iso-2022-kr', 'GyQpQw4+SDNnR088PD9kDw=='],
  ['注文の件', 'iso-2022-jp', 'GyRCQ21KOCRON28bKEI='],
  ['丂 注文', 'iso-2022-jp-1', 'GyQoRDAhGyhCIBskQkNtSjgbKEI='],
  ['注文 한', 'iso-2022-jp-2', 'GyRCQ21KOBsoQiAbJChDR1EbKEI='],
  ['ｱｲ注文', 'iso-2022-jp-3', 'GyhJMTIbJEJDbUo4GyhC'],
  ['①㈱注文', 'iso-2022-jp-ms', 'GyRCLSEtakNtSjgbKEI='],
  ['①㈱髙', 'cp932', 'h0CHiu7g'],
  ['①㈱髙', 'Shift_JIS', 'h0CHiu7g'],
  ['注文', 'x-euc-jp', 'w+3KuA=='],
  ['你好€', 'gb18030', 'xOO6w6Lj'],
  ['你好', 'gb2312', 'xOO6ww=='],
  ['Київ', 'koi8-u', '68mn1w=='],
  ['Grüße', 'x-mac-roman', 'R3Kfp2U='],
  ['Grüße', 'utf-16', '//5HAHIA/ADfAGUA'],
  ['שלום', 'iso-8859-8-i', '+ezl7Q=='],
  ['สวัสดี', 'tis-620', 'ysfRyrTV'],
  ['ș', 'iso-8859-16', 'ug=='],
  ['“€”', 'iso-8859-1', 'k4CU'],
]

test('declared charsets are followed in texts, subjects, names and file names', async () => {
  for (const [text, charset, base64] of charsets) {
    const bytes = Buffer.from(base64, 'base64')
    const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
    const word = `=?${charset}?B?${base64}?=`
    const headers = {
      From: `${word} <jane@example.com>`,
      Subject: word,
      'Content-Type': `multipart/mixed; boundary=cut`,
    }
    const parts = [
      `Content-Type: text/plain;\r\n\tcharset="${charset}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}`,
      `Content-Type: text/html; charset=${charset}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${percent.replaceAll('%', '=').toUpperCase()}`,
      `Content-Disposition: attachment;\r\n filename*0*=${charset}''${percent.slice(0, 3)};\r\n filename*1*=${percent.slice(3)}\r\n\r\nx`,
    ]
    const got = await parseMail(mail(headers, `${parts.map((part) => `--cut\r\n${part}\r\n`).join('')}--cut--`))
    assert.deepEqual(
      [got.text, got.subject, got.from?.name, got.attachments[0]?.name],
      [`${text}\n\n${text}`, text, text, text],
      charset,
    )
  }
})

test('text that nobody declared, or wrongly, is UTF-8, the declared charset or windows-1252', async () => {
  const [windows, utf8] = [Buffer.from('R3L832U6IIAgliBlbmQ=', 'base64'), Buffer.from('Grüße: € – end')]
  const japanese = Buffer.from('GyRCQ21KOCRON28bKEI=', 'base64')
  const quoted = (bytes: Buffer) =>
    latin1([...bytes].map((byte) => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''))
  const encodings: [string, (bytes: Buffer) => Buffer][] = [
    ['8bit', (bytes) => bytes],
    ['base64', (bytes) => latin1(bytes.toString('base64'))],
    ['quoted-printable', quoted],
  ]
  const labels = [
    '',
    '; charset=utf-8',
    '; charset=us-ascii',
    '; charset=x-nobody-knows',
    '; charset=iso-8859-1',
    '; charset=',
  ]
  for (const [encoding, encode] of encodings)
    for (const label of labels)
      for (const [bytes, text] of [
        [windows, 'Grüße: € – end'],
        [utf8, 'Grüße: € – end'],
        [japanese, label.endsWith('1') ? undefined : '注文の件'],
      ] as const) {
        if (text === undefined) continue
        const part = { 'Content-Type': `text/plain${label}`, 'Content-Transfer-Encoding': encoding }
        assert.equal(await textOf(withBody(part, encode(bytes))), text, `${encoding}${label}`)
        const cut = Buffer.concat([
          latin1(`--cut\r\nContent-Type: text/html${label}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`),
          encode(bytes),
          latin1('\r\n--cut--'),
        ])
        assert.equal(await textOf(withBody({ 'Content-Type': 'multipart/alternative; boundary=cut' }, cut)), text)
      }
})

test('HTML may name its charset itself, and one broken byte spoils no other', async () => {
  const html = latin1(
    '<html><head><META http-equiv=Content-Type content="text/html; charset=koi8-r"></head>\xf0\xd2\xc9',
  )
  for (const label of ['', '; charset=us-ascii', '; charset=x-nobody-knows'])
    assert.equal(await textOf(withBody({ 'Content-Type': `text/html${label}` }, html)), 'При')
  const broken = Buffer.concat([Buffer.from('Grüße aus Köln, schöne Tage'), latin1('\xff.')])
  assert.equal(
    await textOf(withBody({ 'Content-Type': 'text/plain; charset=utf-8' }, broken)),
    'Grüße aus Köln, schöne Tage\uFFFD.',
  )
  const short = Buffer.from('xKPKvQ==', 'base64')
  assert.equal(await textOf(withBody({ 'Content-Type': 'text/plain; charset=gb2312' }, short)), '模式')
})

test('encoded words are joined as bytes', async () => {
  const subjects: [string, string][] = [
    ['=?utf-8?B?w4Q=?= =?utf-8?B?w6Q=?=', 'Ää'],
    ['=?utf-8?B?SsM=?=\r\n =?UTF-8?B?vHJnZW4=?=', 'Jürgen'],
    ['=?utf-8?Q?M=C3?= =?utf-8?B?vG5jaGVu?=', 'München'],
    ['=?utf-8?B?w?= =?utf-8?B?7xi?=', 'üb'],
    ['=?UTF-8*de?q?M=c3?=\t=?utf-8*en?q?=bcnchen?=', 'München'],
    ['=?iso-8859-1?Q?Gr\xfc\xdfe?=', 'Grüße'],
    ['=?utf-8?Q?Gr\xfc\xdfe?=', 'Grüße'],
    ['Gr\xc3\xbc\xc3\x9fe =?koi8-r?B?8NLJ?= =?utf-8?q?_=E2=82=AC?= and', 'Grüße При € and'],
    ['=?iso-2022-jp?B?GyRCQ20=?= =?iso-2022-jp?B?SjgbKEI=?=', '注文'],
    ['=?us-ascii?Q?Gr=FC=DFe?=', 'Grüße'],
    ['=?x-nobody?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['a =?utf-8?Q?b?= c =?broken? d', 'a b c =?broken? d'],
  ]
  for (const [subject, text] of subjects) {
    const raw = latin1(`From: ${subject} <jane@example.com>\r\nSubject: ${subject}\r\n\r\nHello.`)
    const got = await parseMail(raw)
    assert.deepEqual([got.subject, got.from?.name], [text, text], subject)
  }
})

test('a text that only stands for the HTML yields to it', async () => {
  const alternative = (plain: string, html: string) =>
    mail(
      { ...from, 'Content-Type': 'multipart/alternative; boundary=cut' },
      `--cut\nContent-Type: text/plain\n\n${plain}\n--cut\nContent-Type: text/html\n\n${html}\n--cut--`,
    )
  const stubs = [
    '',
    ' \u00a0\n\n',
    '-- ',
    'https://example.com/view/1',
    'This is a multi-part message in MIME format.',
    'Your mail client does not support HTML.',
    'View this message in your browser: https://example.com/1',
    'Ihr E-Mail-Programm kann keine HTML-Nachrichten anzeigen.',
    'Si ce message ne s’affiche pas, ouvrez-le dans votre navigateur.',
  ]
  for (const stub of stubs) assert.equal(await textOf(alternative(stub, '<p>zebrafinch</p>')), 'zebrafinch', stub)
  for (const text of ['Hello text', 'My HTML form is broken', '5', 'да'])
    assert.equal(await textOf(alternative(text, `<p>${text}</p>`)), text)
  assert.equal(await textOf(alternative('hello text', '<p>hello html</p>')), 'hello text')
  assert.equal(await textOf(alternative('-- ', '<img src=x>')), '--')
  const long = `How do I send HTML mail? ${'More of it. '.repeat(50)}`
  assert.equal(await textOf(alternative(long, '<p>zebrafinch</p>')), long.trim())
})

test('every word of HTML that a browser would show is text', async () => {
  const shown: [string, string][] = [
    ['<html><body><p>one</p></body></html><p>two</p>', 'one two'],
    ['<html><head><p>one</head></html>', 'one'],
    ['<div>one</div><html><body>two</body></html><html><body>three</body></html>four', 'one two three four'],
    ['<table>one<tr><td>two</table>three', 'one two three'],
    ['<textarea>one</textarea><select><option>two<option>three</select>', 'one two three'],
    ['<noscript>one</noscript><noframes>two</noframes>', 'onetwo'],
    ['<style>no</style>one<script>no</script><title>no</title><template>no</template>', 'one'],
    ['<![if !mso]>one<![endif]><!--[if mso]>no<![endif]-->', 'one'],
    ['1 <3 2 &lt;3&gt;', '1 <3 2 <3>'],
    ...[99, 150, 201, 1000].map((depth): [string, string] => [
      `${'<div>'.repeat(depth)}one${'</div>'.repeat(depth)}`,
      'one',
    ]),
    [`<style>no</style>${'<table><tr><td>'.repeat(201)}one <b>two`, 'one two'],
  ]
  for (const [html, text] of shown)
    assert.equal(
      (await textOf(mail({ ...from, 'Content-Type': 'text/html' }, html))).replace(/\s+/g, ' '),
      text,
      html.slice(0, 99),
    )
})
