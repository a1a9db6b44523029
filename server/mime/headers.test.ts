import assert from 'node:assert/strict'
import test from 'node:test'
import { mail } from '../../test/make.ts'
import { isEmail } from '../email-address.ts'
import { limits } from '../limits.ts'
import { dateIn } from './dates.ts'
import { mailboxesOf } from './mailboxes.ts'
import { parseMail } from './parse.ts'

test('dates are read in any usual form', () => {
  const same: [string, string[]][] = [
    [
      '2020-04-09T21:34:45.000Z',
      [
        'Thu, 9 Apr 2020 23:34:45 +0200',
        'Thu, 09 Apr 2020 23.34.45 +0200',
        'Thu, 9 Apr 2020 23:34:45 CEST',
        'Thu, 9 Apr 2020 23:34:45 MESZ',
        'Fri, 10 Apr 2020 06:34:45 JST',
        'Fri, 10 Apr 2020 00:34:45 MSK',
        'Fri, 10 Apr 2020 03:04:45 IST',
        'Thu, 9 Apr 2020 17:34:45 EDT',
        'Thu, 9 Apr 2020 14:34:45 PDT',
        'Thu, 9 Apr 2020 22:34:45 BST',
        'Fri, 10 Apr 2020 05:34:45 HKT',
        'Fri, 10 Apr 2020 07:34:45 AEST',
        'Thu, 9 Apr 20 21:34:45 Z',
        '9 Apr 120 21:34:45 UT',
        'Thu, 9 April 2020 23:34:45 +0200 (CEST (nested) )',
        'Thu, 9 Apr 2020 (yes (really)) 23:34:45 +0200 (CEST',
        'Thu,9 Apr 2020 23:34:45+0200',
        'Thu, 9 Apr 2020 23:34:45 +02:00',
        'Thu, 9 Apr 2020 23:34:45 GMT+0200',
        'Thu, 9 Apr 2020 23:34:45 +0200 (=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=)',
        'Thu Apr  9 21:34:45 2020',
        'Thu Apr  9 23:34:45 CEST 2020',
        '09-Apr-2020 23:34:45 +0200',
        'Thursday, April 09, 2020 11:34:45 PM +0200',
        '2020-04-09T23:34:45+02:00',
        '2020-04-09 21:34:45Z',
        'Thu, 9 Apr 2020 21:34:45 XYZT',
        'Thu, 9 Apr 2020 21:34:45 -0000',
        'Thu, 9 Apr 2020 21:34:45',
      ],
    ],
    [
      '2020-04-10T00:00:00.000Z',
      ['Thu, 9 Apr 2020 24:00:00 +0000', 'Thu, 9 Apr 2020 23:59:60 +0000', '10 Apr 2020 12:00 AM'],
    ],
    ['1999-12-31T12:30:00.000Z', ['Fri, 31 Dec 99 12:30 GMT', '31 Dec 1999 12:30 PM', '31 Dec 99 07:30 EST']],
  ]
  for (const [date, texts] of same) for (const text of texts) assert.equal(dateIn(text), date, text)
  for (const text of [
    '',
    'yesterday',
    '99:99',
    'Wed, 15 Dec 2010    59:10 -0500',
    '32 Dec 2010 10:00 +0000',
    'Apr',
    'Thu, 9 Apr 2999 10:00:00 +0000',
    'Thu, 1 Jan 1970 00:00:00 +0000',
  ])
    assert.equal(dateIn(text), null, text)
})

test('a Received line counts only where Date cannot be read', async () => {
  const received = 'from a by b; Thu, 9 Apr 2020 10:00:00 +0000'
  const dateOf = async (date: string) => (await parseMail(mail({ Received: received, Date: date }))).date
  assert.equal(await dateOf('Thu, 9 Apr 2020 23.34.45 JST'), '2020-04-09T14:34:45.000Z')
  assert.equal(await dateOf('some day'), '2020-04-09T10:00:00.000Z')
})

test('people are read in any usual form, and their addresses are valid', () => {
  const forms: [string, ...[string, string][]][] = [
    ['ana@example.com', ['', 'ana@example.com']],
    ['Ana M. Muster <ana@example.com>', ['Ana M. Muster', 'ana@example.com']],
    ['"Muster, Ana" <ana@example.com>', ['Muster, Ana', 'ana@example.com']],
    ['Joe Foo, PhD <joe@example.com>', ['Joe Foo, PhD', 'joe@example.com']],
    ['Muster, Ana <a@b.co>, Roe, Bob <b@b.co>', ['Muster, Ana', 'a@b.co'], ['Roe, Bob', 'b@b.co']],
    ['a@b.co, <c@d.co>; Bob <b@b.co>', ['', 'a@b.co'], ['', 'c@d.co'], ['Bob', 'b@b.co']],
    ['Ana Muster ana@example.com', ['Ana Muster', 'ana@example.com']],
    ['ana@example.com (Ana (M.) Muster)', ['Ana (M.) Muster', 'ana@example.com']],
    ['<ana@under_score.example.com>', ['', 'ana@under_score.example.com']],
    ['Ana <"ana muster"@example.com>', ['Ana', '"ana muster"@example.com']],
    ['"ana muster"@example.com', ['', '"ana muster"@example.com']],
    ['"ana@home"@example.com', ['', '"ana@home"@example.com']],
    ['"ana.muster"@example.com', ['', 'ana.muster@example.com']],
    ['<@relay.example.com,@b.example.com:ana@example.com>', ['', 'ana@example.com']],
    ['Ana <@relay.example.com:ana@example.com>', ['Ana', 'ana@example.com']],
    ['Ana <ana@[192.0.2.1]>', ['Ana', 'ana@[192.0.2.1]']],
    ['ana@[IPv6:2001:db8::1]', ['', 'ana@[IPv6:2001:db8::1]']],
    ['Ana <ana@EXAMPLE.com.>', ['Ana', 'ana@EXAMPLE.com']],
    ['Ana <ana @ example.com>', ['Ana', 'ana@example.com']],
    ['Ana <ana(me)@example.com (work)>', ['Ana', 'ana@example.com']],
    ['"ana@example.com" <ana@example.com>', ['', 'ana@example.com']],
    ['Ana <<ana@example.com>>', ['Ana', 'ana@example.com']],
    ['Ana <ana@example.com', ['Ana', 'ana@example.com']],
    ['"Ana <ana@example.com>', ['Ana', 'ana@example.com']],
    ['Team: Ana <ana@example.com>, b@b.co;', ['Ana', 'ana@example.com'], ['', 'b@b.co']],
    ['=?utf-8?Q?M=C3=BCller,_Ana?= <ana@example.com>', ['Müller, Ana', 'ana@example.com']],
    ['"=?utf-8?Q?M=C3=BCller?= \\"Ana\\"" <ana@example.com>', ['Müller "Ana"', 'ana@example.com']],
    ['"ceo@bank.example" <ana@example.com>', ['ceo@bank.example', 'ana@example.com']],
    ['Ana <ana@m\xc3\xbcller.example>', ['Ana', 'ana@müller.example']],
  ]
  for (const [header, ...people] of forms) {
    assert.deepEqual(
      mailboxesOf(header),
      people.map(([name, address]) => ({ name, address })),
      header,
    )
    for (const [, address] of people) assert.ok(isEmail(address), address)
  }
  assert.deepEqual(mailboxesOf('undisclosed-recipients:;'), [])
  assert.deepEqual(mailboxesOf('a> <"b <c>'), [{ name: 'a', address: '"b <c' }])
  assert.deepEqual(mailboxesOf('Nobody'), [{ name: 'Nobody', address: '' }])
})

const inParts = (text: string) => text.replaceAll('\n', '\r\n')

test('mails with odd line ends and boundaries are read', async () => {
  const mime = 'From: jane@example.com\nSubject: Hi\nContent-Type: multipart/mixed; boundary="cut"\n'
  const html = '--cut\nContent-Type: text/html\n\n<p>hello</p>\n--cut--\n'
  const whole = [
    inParts(`${mime}\n${html}`),
    inParts(`${mime} \n${html}`),
    inParts(`${mime}\t \n${html}`),
    inParts(`${mime}${html}`),
    `${mime}\n${html}`,
    `${mime}\n${html}`.replaceAll('\n', '\r'),
    `Received: from a\r\n\tby b\r\n${`${mime}\n${html}`.replaceAll('\n', '\r')}`,
    inParts(`${mime}\npreamble\n${html.replace('--cut--\n', '')}`),
    inParts(`${mime}\n${html.replace('--cut\n', '--cut \t\n').replace('--cut--', '--cut-- ')}`),
    inParts(`${mime}\n--cutter\n${html}`),
    inParts('From: jane@example.com\nSubject: Hi\n \nhello'),
    inParts('From: jane@example.com\nSubject: Hi\nContent-Type: multipart/mixed; boundary=other\n\nhello'),
    inParts('From: jane@example.com\nSubject: Hi\nContent-Type: text\n\nhello'),
  ]
  for (const raw of whole) {
    const { text, subject, from, attachments } = await parseMail(Buffer.from(raw))
    assert.deepEqual(
      [text, subject, from?.address, attachments],
      ['hello', 'Hi', 'jane@example.com', []],
      JSON.stringify(raw),
    )
  }
})

test('a lone CR makes no header, and a folded line none either', async () => {
  const raw =
    'From: jane@example.com\r\nSubject: Hi\rTo: eve@example.com\r\nX-Other: a\r\n From: eve@example.com\r\n\r\nhello'
  const { from, to, subject, senders } = await parseMail(Buffer.from(raw))
  assert.deepEqual([from?.address, to, subject, senders], ['jane@example.com', [], 'Hi To: eve@example.com', []])
})

test('of too many parts the first are read', async () => {
  const raw = mail(
    { From: 'jane@example.com', 'Content-Type': 'multipart/mixed; boundary=cut' },
    '--cut\n\nx\n'.repeat(limits.mailParts + 10),
  )
  assert.equal((await parseMail(raw)).text.match(/x/g)?.length, limits.mailParts)
})
