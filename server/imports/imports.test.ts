import assert from 'node:assert/strict'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freshFolder, type Inbox, startApp } from '../../test/app.ts'
import { customerWrites, makeConversation, mail, mbox } from '../../test/make.ts'
import { check } from '../check/check.ts'
import { readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { sql } from '../db/sql.ts'
import { Unreadable } from '../mime/parser.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import { noneLeftOut, type Includable } from './left-out.ts'
import { importMails } from './import-mails.ts'
import { kindOf, readMails } from './mails.ts'
import { Report } from './report.ts'

type App = Awaited<ReturnType<typeof startApp>>

interface Options {
  own?: string[]
  status?: ConversationStatus
  dryRun?: boolean
  include?: Includable[]
}

/** As the command does, beside the server. */
const importPath = async (
  { dataDir, url, parser, inbox }: App,
  path: string,
  { own = [], status = 'CLOSED', dryRun = false, include = [] }: Options = {},
) => {
  const report = new Report(() => {})
  const onFatal = (error: Error) => {
    throw error
  }
  const db = await openDatabase({ ...readConfig({}), dataDir, databaseUrl: url }, { role: 'command', onFatal })
  const options = {
    db,
    parser,
    workspaceId: inbox.workspaceId,
    own: new Set(own),
    status,
    dryRun,
    report,
    include: new Set(include),
  }
  try {
    await importMails(readMails(path, await kindOf(path), { parser }), options)
  } finally {
    await db.close()
  }
  return report
}

const file = async (t: TestContext, name: string, content: string | Buffer) => {
  const path = join(await freshFolder(t), name)
  await writeFile(path, content)
  return path
}

const archive = (t: TestContext, mails: Buffer[]) => file(t, 'archive.mbox', mbox(mails))

const threadOf = async (inbox: Inbox, conversationId: string) =>
  (await inbox.get(`/conversations/${conversationId}/messages?limit=100`)).body.thread
const conversationsOf = async (inbox: Inbox, query = '') =>
  (await inbox.get(`/conversations${query}`)).body.conversations.items

const jane = 'Jane Doe <jane@example.com>'
const question = mail(
  {
    From: jane,
    To: 'help@team.example',
    Subject: 'Invoice',
    Date: 'Thu, 22 Aug 2002 10:00:00 +0200',
    'Message-ID': '<q1@example.com>',
  },
  'Where is my invoice?',
)
const answer = mail(
  {
    From: 'Ada <help@team.example>',
    To: jane,
    Subject: 'Re: Invoice',
    Date: 'Thu, 22 Aug 2002 09:00:00 +0000',
    'Message-ID': '<a1@team.example>',
    'In-Reply-To': '<q1@example.com>',
  },
  'Here it is.\n\n> Where is my invoice?',
)
const thanks = mail(
  {
    From: 'jane@example.com',
    To: 'help@team.example',
    Subject: 'Re: Invoice',
    Date: 'Thu, 22 Aug 2002 10:00:00 +0000',
    'Message-ID': '<q2@example.com>',
    References: '<q1@example.com>\r\n <a1@team.example>',
  },
  'Thanks!',
)

test('an archive becomes contacts, conversations and messages with their own dates, closed and read', async (t) => {
  const app = await startApp(t)
  const report = await importPath(app, await archive(t, [question, answer, thanks]), { own: ['help@team.example'] })
  assert.deepEqual(report.toJSON(), {
    read: 3,
    stored: 3,
    duplicates: 0,
    failed: 0,
    contacts: 1,
    conversations: 1,
    failures: [],
    leftOut: noneLeftOut,
    updated: 0,
    notices: [],
  })
  const [customer] = (await app.inbox.get('/customers')).body.customers.items
  assert.deepEqual(
    [customer.contact.email, customer.contact.name, customer.threadCount],
    ['jane@example.com', 'Jane Doe', 1],
  )
  assert.deepEqual(
    [
      customer.latestThread.status,
      customer.latestThread.source,
      customer.latestThread.unreadCount,
      customer.latestThread.lastMessageAt,
    ],
    ['CLOSED', 'IMPORT', 0, '2002-08-22T10:00:00.000Z'],
  )
  assert.equal((await app.inbox.get(`/contacts/${customer.contact.id}`)).body.contact.source, 'IMPORT')
  const { conversation, messages } = await threadOf(app.inbox, customer.latestThread.id)
  assert.deepEqual([conversation.subject, conversation.summary], ['Invoice', 'Where is my invoice?'])
  assert.deepEqual(
    messages.items.map((m: any) => [m.direction, m.senderType, m.contentPreview, m.createdAt, m.status]),
    [
      ['INBOUND', 'CUSTOMER', 'Where is my invoice?', '2002-08-22T08:00:00.000Z', 'SENT'],
      ['OUTBOUND', 'AGENT', 'Here it is.', '2002-08-22T09:00:00.000Z', 'SENT'],
      ['INBOUND', 'CUSTOMER', 'Thanks!', '2002-08-22T10:00:00.000Z', 'SENT'],
    ],
  )
  assert.deepEqual(await check(app.db, { repair: false }), [])
})

test('in whatever order the mails stand, one thread is one conversation', async (t) => {
  for (const mails of [
    [thanks, answer, question],
    [answer, question, thanks],
    [thanks, question],
  ]) {
    const app = await startApp(t)
    const report = await importPath(app, await archive(t, mails), { own: ['help@team.example'] })
    assert.equal(report.conversations, 1)
    assert.equal((await app.inbox.get('/customers')).body.customers.items[0].contact.name, 'Jane Doe')
  }
})

test('a reference to the mail of somebody else, and an equal subject, join nothing', async (t) => {
  const app = await startApp(t)
  const stranger = mail({
    From: 'eve@example.net',
    Subject: 'Re: Invoice',
    'Message-ID': '<e@example.net>',
    'In-Reply-To': '<q1@example.com>',
  })
  const sameSubject = mail({ From: jane, Subject: 'Invoice', 'Message-ID': '<q9@example.com>' })
  const report = await importPath(app, await archive(t, [question, stranger, sameSubject]))
  assert.deepEqual([report.contacts, report.conversations], [2, 3])
})

test('importing again stores nothing new, also with other Received lines and line ends', async (t) => {
  const app = await startApp(t)
  const path = await archive(t, [question, answer, thanks, question])
  assert.deepEqual((await importPath(app, path, { dryRun: true })).toJSON(), {
    read: 4,
    stored: 3,
    duplicates: 1,
    failed: 0,
    contacts: 0,
    conversations: 0,
    failures: [],
    leftOut: noneLeftOut,
    updated: 0,
    notices: [],
  })
  assert.deepEqual((await app.inbox.get('/customers')).body.customers.items, [])
  assert.equal((await importPath(app, path)).stored, 3)
  const again = await importPath(app, path)
  assert.deepEqual([again.read, again.stored, again.duplicates, again.contacts, again.conversations], [4, 0, 4, 0, 0])
  const delivered = Buffer.concat([
    Buffer.from('Received: from a by b; Thu, 22 Aug 2002 11:00:00 +0000\n'),
    Buffer.from(question.toString().replaceAll('\r\n', '\n')),
  ])
  assert.equal((await importPath(app, await archive(t, [delivered]))).duplicates, 1)
  const sameId = mail(
    { From: jane, Subject: 'Other', Date: 'Fri, 23 Aug 2002 10:00:00 +0200', 'Message-ID': '<q1@example.com>' },
    'Not the same at all',
  )
  assert.equal((await importPath(app, await archive(t, [sameId]))).stored, 1)
})

test('the raw mail is read back byte for byte, and its attachments are served out of it', async (t) => {
  const app = await startApp(t)
  const png = Buffer.from('89504e470d0a1a0a00ff', 'hex')
  const raw = mail(
    {
      From: jane,
      Subject: 'Photo',
      'Message-ID': '<p@example.com>',
      'MIME-Version': '1.0',
      'Content-Type': 'multipart/mixed; boundary=b',
    },
    [
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>See <b>attached</b></p><script>x</script>',
      '--b',
      'Content-Type: image/svg+xml',
      "Content-Disposition: attachment; filename*=UTF-8''b%C3%AFld%22.svg",
      '',
      '<svg onload="alert(1)"/>',
      '--b',
      'Content-Type: image/png',
      'Content-Disposition: attachment; filename="a.png"',
      'Content-Transfer-Encoding: base64',
      '',
      png.toString('base64'),
      '--b--',
    ].join('\r\n'),
  )
  await importPath(app, await file(t, 'photo.eml', raw))
  const [{ id }] = await conversationsOf(app.inbox)
  const [message] = (await threadOf(app.inbox, id)).messages.items
  assert.deepEqual([message.contentText, message.contentHtml], ['See attached', '<p>See <b>attached</b></p>'])
  assert.deepEqual(message.attachments, [
    { number: 1, name: 'bïld".svg', contentType: 'image/svg+xml', size: 24 },
    { number: 2, name: 'a.png', contentType: 'image/png', size: 10 },
  ])
  const url = `/conversations/${id}/messages/${message.id}`
  const source = await app.inbox.get(`${url}/raw`)
  assert.equal(source.text, raw.toString())
  assert.equal(source.headers['content-type'], 'message/rfc822')
  const svg = await app.inbox.get(`${url}/attachments/1`)
  assert.deepEqual(
    [svg.status, svg.text, svg.headers['content-type'], svg.headers['x-content-type-options']],
    [200, '<svg onload="alert(1)"/>', 'application/octet-stream', 'nosniff'],
  )
  assert.equal(
    svg.headers['content-disposition'],
    `attachment; filename="b_ld_.svg"; filename*=UTF-8''b%C3%AFld%22.svg`,
  )
  for (const path of ['/attachments/3', '/attachments/0', '/attachments/x', '/attachments/01'])
    assert.equal((await app.inbox.get(url + path)).body.message, 'Attachment not found.')
  const other = await app.newInbox()
  for (const path of ['/raw', '/attachments/1']) assert.equal((await other.get(url + path)).status, 404)
  const written = await customerWrites(app.inbox, id, 'No mail')
  assert.equal(
    (await app.inbox.get(`/conversations/${id}/messages/${written.id}/raw`)).body.message,
    'This message did not come as a mail.',
  )
})

test('a mail of several megabytes is stored in pieces and comes back whole', async (t) => {
  const app = await startApp(t)
  const raw = mail(
    { From: jane, Subject: 'Large', 'Message-ID': '<l@example.com>' },
    `${'line of text '.repeat(20)}\r\n`.repeat(10_000),
  )
  assert.equal((await importPath(app, await file(t, 'large.eml', raw))).stored, 1)
  assert.equal((await importPath(app, await file(t, 'large.eml', raw))).duplicates, 1)
  const pieces = await app.db.one<{ n: number }>(sql`select count(distinct message_id) as n from mail_pieces`)
  assert.equal(pieces?.n, 1, 'what was stored ahead of the copy is gone again')
  const [{ id }] = await conversationsOf(app.inbox)
  const [message] = (await threadOf(app.inbox, id)).messages.items
  assert.equal((await app.inbox.get(`/conversations/${id}/messages/${message.id}/raw`)).text, raw.toString())
  assert.deepEqual(await check(app.db, { repair: false }), [])
})

test('an old mail turns nothing back and wakes nobody', async (t) => {
  const app = await startApp(t)
  const live = await makeConversation(app.inbox, { email: 'jane@example.com', text: 'Of today' })
  await app.inbox.patch(`/contacts/${live.contactId}`, { status: 'ARCHIVED' })
  await importPath(app, await archive(t, [question]))
  const [{ contact, latestThread, threadCount }] = (await app.inbox.get('/customers?status=ARCHIVED')).body.customers
    .items
  assert.deepEqual(
    [contact.name, contact.lastMessagePreview, latestThread.id, threadCount],
    ['Jane Doe', 'Of today', live.id, 2],
  )
  await importPath(app, await archive(t, [mail({ From: 'bob@example.com', 'Message-ID': '<b@x>' })]), {
    status: 'OPEN',
  })
  assert.equal((await conversationsOf(app.inbox, '?status=OPEN')).length, 2)
})

test('what is missing or odd in a mail does not keep it out', async (t) => {
  const app = await startApp(t)
  const odd: [raw: Buffer, expect: { name?: string; email?: RegExp; subject?: string; text?: RegExp }][] = [
    [
      mail({ Subject: 'No sender' }),
      { name: 'Unknown sender', email: /^ctc_\w{24}@no-address\.invalid$/, subject: 'No sender' },
    ],
    [mail({ From: 'undisclosed', Subject: 'no at' }), { name: 'undisclosed', email: /@no-address\.invalid$/ }],
    [
      mail({
        From: '=?UTF-8?B?SsO8cmdl?= =?UTF-8?Q?n_M=C3=BCller?= <jm@example.com>',
        Subject: '=?iso-8859-1?Q?Gr=FC=DFe?=\r\n =?utf-8?Q?_aus?= K',
      }),
      { name: 'Jürgen Müller', subject: 'Grüße aus K' },
    ],
    [
      mail({ From: '"Doe, Jane" <d@example.com>', Subject: '=?utf-8?Q?caf=E9?=' }),
      { name: 'Doe, Jane', subject: 'café' },
    ],
    [
      Buffer.from('From: b@example.com\nSubject: r\xe9sum\xe9\n\nna\xefve', 'latin1'),
      { subject: 'résumé', text: /^naïve$/ },
    ],
    [
      mail(
        {
          From: 'c@example.com',
          'Content-Type': 'text/plain; charset=windows-1252',
          'Content-Transfer-Encoding': 'quoted-printable',
        },
        '=93quoted=94 =80',
      ),
      { text: /^“quoted” €$/ },
    ],
    [
      mail({ From: 'j@example.com', 'Content-Type': 'text/plain; charset=ISO-2022-JP' }, '\x1b$B$3$s$K$A$O\x1b(B'),
      { text: /^こんにちは$/ },
    ],
    [
      mail({ From: 'f@example.com', 'Content-Type': 'text/plain; format=flowed' }, 'one \r\nparagraph\r\n\r\ntwo'),
      { text: /^one paragraph\n\ntwo$/ },
    ],
    [
      mail(
        { From: 'h@example.com', 'Content-Type': 'text/html' },
        '<style>p{color:red}</style><h1>Title</h1><p>One &amp; two</p>',
      ),
      { text: /^Title\s+One & two$/ },
    ],
    [mail({ From: 'n@example.com\0', Subject: 'nul\0 inside' }, 'a\0b'), { text: /^ab$/ }],
    [Buffer.from('no header at all'), { email: /@no-address\.invalid$/ }],
    [
      mail({ From: 'deep@example.com', 'Content-Type': 'multipart/mixed; boundary=x0' }, nested(150)),
      { subject: 'A mail that could not be read', text: /could not be read: .+ raw source \(\d+ bytes\) is kept/ },
    ],
  ]
  for (const [raw, expected] of odd) {
    const report = await importPath(app, await file(t, 'odd.eml', raw))
    assert.equal(report.stored, 1, raw.toString('latin1', 0, 80))
    const { items } = (await app.inbox.get('/conversations?limit=100')).body.conversations
    const { contact, conversation, messages } = await threadOf(
      app.inbox,
      items.sort((a: any, b: any) => (a.id < b.id ? 1 : -1))[0].id,
    )
    if (expected.name) assert.equal(contact.name, expected.name)
    if (expected.email) assert.match(contact.email, expected.email)
    if (expected.subject) assert.equal(conversation.subject, expected.subject)
    if (expected.text) assert.match(messages.items[0].contentText, expected.text)
    const source = await app.app.inject({ url: '/healthz' })
    assert.equal(source.statusCode, 200)
  }
  assert.deepEqual(await check(app.db, { repair: false }), [])
})

const nested = (depth: number) =>
  Array.from({ length: depth }, (_, i) => `--x${i}\r\nContent-Type: multipart/mixed; boundary=x${i + 1}\r\n`).join(
    '\r\n',
  )

test('a date that is missing, broken or in the future is taken from Received, else from the archive', async (t) => {
  const app = await startApp(t)
  const received = 'from a by b; Mon, 5 Jan 2004 10:00:00 +0000'
  await importPath(
    app,
    await archive(t, [
      mail({ From: 'a@example.com', Date: 'not a date', Received: received }),
      mail({ From: 'b@example.com', Date: 'Fri, 1 Jan 2099 10:00:00 +0000', Received: received }),
      mail({ From: 'c@example.com' }),
    ]),
  )
  const dates = Object.fromEntries(
    (await conversationsOf(app.inbox)).map((item: any) => [item.contact.email, item.lastMessageAt]),
  )
  assert.deepEqual(dates, {
    'a@example.com': '2004-01-05T10:00:00.000Z',
    'b@example.com': '2004-01-05T10:00:00.000Z',
    'c@example.com': '2002-08-22T12:36:23.000Z',
  })
})

test('the last mail of an archive needs no line end, and may be nothing but headers', async (t) => {
  const app = await startApp(t)
  const text =
    'From a@b Thu Jan  1 00:00:00 2015\nFrom: mb1@example.com\n\nbody one\n\nFrom a@b Thu Jan  1 00:00:00 2015\nFrom: mb2@example.com'
  const report = await importPath(app, await file(t, 'a.mbox', text))
  assert.deepEqual([report.read, report.stored, report.contacts], [2, 2, 2])
})

test('an mbox file is cut at its postmarks and nowhere else', async (t) => {
  const app = await startApp(t)
  const body = [
    'From the beginning it was wrong.',
    '',
    'From here on, too:',
    '',
    'From Mon to Fri, 10:00, since 2002',
    '',
    'From x@y Thu Aug 22 12:36:23 2002',
    'is no postmark: no header follows',
    '>From quoted once',
    '>>From quoted twice',
  ].join('\n')
  const raw = mail({ From: jane, 'Message-ID': '<1@x>' }, body)
  const second = mail({ From: 'bob@example.com', 'Message-ID': '<2@x>' })
  for (const ends of ['\n', '\r\n']) {
    const unquotedOnce = Buffer.concat([
      Buffer.from(
        `From a@b Thu Aug 22 12:36:23 2002\n${raw.toString().replaceAll('\r\n', '\n').replaceAll('\n>', '\n>>')}\n`,
      ),
      Buffer.from(`From a@b Thu Aug 22 12:36:23 2002\n${second.toString().replaceAll('\r\n', '\n')}\n`),
    ])
    const report = await importPath(app, await file(t, 'a.mbox', unquotedOnce.toString().replaceAll('\n', ends)))
    assert.equal(report.read, 2)
  }
  const found = (await conversationsOf(app.inbox)).find((item: any) => item.contact.email === 'jane@example.com')
  const [message] = (await threadOf(app.inbox, found.id)).messages.items
  assert.equal(message.contentText, body)
})

test('a mail whose parsing failed for another reason is not blamed, and a second try stores it once', async (t) => {
  const app = await startApp(t)
  const path = await archive(t, [question])
  const failing = { ...app, parser: { ...app.parser, parse: () => Promise.reject(new Error('the process ended')) } }
  await assert.rejects(importPath(failing, path), /the process ended/)
  const slow = { ...app, parser: { ...app.parser, parse: () => Promise.reject(new Unreadable('too slow')) } }
  const first = await importPath(slow, path)
  assert.deepEqual([first.stored, first.notices.length], [1, 1])
  const again = await importPath(app, path)
  assert.deepEqual([again.stored, again.duplicates, again.notices.length], [0, 1, 0])
})

test('of a folder every file is accounted for', async (t) => {
  const app = await startApp(t)
  const folder = await freshFolder(t)
  await mkdir(join(folder, 'Maildir/cur'), { recursive: true })
  await mkdir(join(folder, 'Maildir/new'))
  await mkdir(join(folder, 'Maildir/tmp'))
  await writeFile(join(folder, 'Maildir/cur/1.host:2,S'), question)
  await writeFile(join(folder, 'Maildir/new/2.host'), answer)
  await writeFile(join(folder, 'Maildir/tmp/3.host'), thanks)
  await writeFile(join(folder, 'a.eml'), thanks)
  await writeFile(join(folder, 'empty.eml'), '')
  await writeFile(join(folder, 'notes.txt'), 'nothing')
  await writeFile(join(folder, 'old.mbox'), mbox([mail({ From: 'bob@example.com' })]))
  const report = await importPath(app, folder)
  assert.deepEqual([report.read, report.stored], [6, 4])
  assert.deepEqual(report.failures, [
    { place: 'empty.eml', reason: 'empty' },
    { place: 'notes.txt', reason: 'neither a mail (.eml, .emlx, .msg, maildir) nor an mbox file' },
  ])
  await cp(join(folder, 'a.eml'), join(folder, 'copy.eml'))
  await symlink(join(folder, 'a.eml'), join(folder, 'link.eml'))
  await symlink(folder, join(folder, 'round'))
  await symlink(join(folder, 'nowhere'), join(folder, 'dead.eml'))
  const linked = await importPath(app, folder)
  assert.deepEqual([linked.read, linked.duplicates], [10, 6])
  assert.deepEqual(
    linked.failures.filter(({ place }) => /round|dead/.test(place)).map(({ reason }) => reason),
    ['not a file', 'a link to a folder, which is not followed'],
  )
  assert.equal((await importPath(app, folder)).stored, 0)
})
