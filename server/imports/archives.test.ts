import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freshFolder, startApp } from '../../test/app.ts'
import { leastCpuOfTask } from '../../test/cpu.ts'
import { msg } from '../../test/msg.ts'
import { importMails } from './import-mails.ts'
import { noneLeftOut, type Includable } from './left-out.ts'
import { kindOf, readMails } from './mails.ts'
import { readMbox, type Item } from './mbox.ts'
import { Report } from './report.ts'

const header = (n: number) =>
  `From: u${n}@example.com\nTo: help@example.com\nSubject: M${n}\nDate: Mon, 2 Feb 2026 10:00:00 +0000\nMessage-ID: <m${n}@example.com>\n`

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const itemsOf = async (text: string | Buffer, size = 1024 * 1024): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of readMbox(inPieces(Buffer.from(text), size), 'a.mbox')) items.push(item)
  return items
}

const subjectsIn = (items: Item[]) =>
  items.map((item) => ('raw' in item ? /^Subject: (.*?)\r?$/m.exec(item.raw.toString())?.[1] : item.problem))

const separators = {
  bare: 'From ',
  'bare, without a space': 'From',
  'of Thunderbird': 'From - ',
  'of Thunderbird, with a date': 'From - Mon Feb  2 10:00:00 2026',
  'of Gmail': 'From 1844347792267117879@xxx',
  'of Gmail, with a date': 'From 1844347792267117879@xxx Mon Feb 02 10:00:00 +0000 2026',
  usual: 'From a@example.com Mon Feb  2 10:00:00 2026',
  'with a zone': 'From a@example.com Mon Feb  2 10:00:00 EST 2026',
  'without a weekday': 'From a@example.com Feb 02 10:00:00 +0100 2026',
}

for (const [kind, separator] of Object.entries(separators))
  test(`an mbox is cut at separators ${kind}`, async () => {
    for (const end of ['\n', '\r\n'])
      for (const gap of ['', '\n'])
        for (const start of ['', '\uFEFF']) {
          const mails = [1, 2, 3].map((n) => `${separator}\n${header(n)}\nbody ${n}\n`)
          const text = (start + mails.join(gap)).replaceAll('\n', end)
          for (const size of [1024 * 1024, 7])
            assert.deepEqual(
              subjectsIn(await itemsOf(text, size)),
              ['M1', 'M2', 'M3'],
              JSON.stringify([end, gap, start]),
            )
        }
  })

const insideBodies = {
  'a quoted patch': `From ${'1'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: Dev <dev@example.com>\nSubject: [PATCH] fix\n\ndiff`,
  'a line of text before a header': 'From now on it reads:\nFrom: a@example.com\nSubject: x\n\ny',
}

for (const [what, inside] of Object.entries(insideBodies))
  test(`${what} stays in its mail, and the report says so`, async () => {
    const separator = separators.usual
    const text = `${separator}\n${header(1)}\nsee:\n\n${inside}\n\n${separator}\n${header(2)}\nbody\n`
    for (const size of [1024 * 1024, 7]) {
      const items = await itemsOf(text, size)
      assert.deepEqual(subjectsIn(items), ['M1', 'M2'])
      assert.deepEqual(
        items.map((item) => 'raw' in item && item.contains),
        [inside.split('\n')[0], undefined],
      )
    }
  })

test('text that begins with From and is no header cuts and reports nothing', async () => {
  const body = 'From what I see:\n\nFrom \nFrom -\nFrom me\n\nFrom Monday on at 10:00 in 2026: closed\n\nFrom: me\n'
  const items = await itemsOf(`${separators.usual}\n${header(1)}\n${body}`)
  assert.deepEqual(
    items.map((item) => 'raw' in item && [item.raw.toString().endsWith(body), item.contains]),
    [[true, undefined]],
  )
})

test('a file of patches is cut at each of them', async () => {
  const patch = (n: number) => `From ${String(n).repeat(40)} Mon Sep 17 00:00:00 2001\n${header(n)}\ndiff ${n}\n\n`
  assert.deepEqual(subjectsIn(await itemsOf([1, 2, 3].map(patch).join(''))), ['M1', 'M2', 'M3'])
})

test('the time to cut an mbox grows with its size, whatever is in it', async () => {
  const units = [
    'From \n',
    'From \nA:\n',
    'From a@b\nX: y\nFrom: x\n',
    `From ${'Jan 1 '.repeat(200)}\nX: y\n`,
    '>From \n',
  ]
  for (const unit of units) {
    const cost = (bytes: number) => leastCpuOfTask(() => itemsOf(unit.repeat(bytes / unit.length)))
    const [once, twice] = [await cost(500_000), await cost(1_000_000)]
    assert.ok(twice < 3 * once + 20, `${JSON.stringify(unit)}: ${once} and ${twice} ms`)
  }
})

const folderOf = async (t: TestContext, files: Record<string, string | Buffer>): Promise<string> => {
  const folder = await freshFolder(t)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const importInto = async (
  { db, parser, inbox }: Awaited<ReturnType<typeof startApp>>,
  path: string,
  { include = [], own = [] }: { include?: Includable[]; own?: string[] } = {},
) => {
  const report = new Report(() => {})
  const wanted = { own: new Set(own), include: new Set(include), status: 'CLOSED', dryRun: false } as const
  const items = readMails(path, await kindOf(path), { parser })
  await importMails(items, { db, parser, workspaceId: inbox.workspaceId, ...wanted, report })
  return report
}

const marked = (n: number, extra: string) => `${separators.usual}\n${extra}\n${header(n)}\nbody ${n}\n\n`

test('deleted mails and drafts are counted and left out; spam and trash come on request', async (t) => {
  const app = await startApp(t)
  const marks = [
    'X-Mozilla-Status: 0009',
    'X-Mozilla-Status: 0001',
    'Status: RO\nX-Status: D',
    'Status: RO\nX-Status: A',
    'X-Status: T',
    'X-Gmail-Labels: Drafts',
    'X-Gmail-Labels: =?UTF-8?Q?Ge=C3=B6ffnet,Entw=C3=BCrfe?=',
    'X-Gmail-Labels: Spam',
    'X-Gmail-Labels: "\\Trash",Important',
    'X-GM-LABELS: Papierkorb',
    'X-Gmail-Labels: Chat',
    'X-Gmail-Labels: Inbox,Important',
  ]
  const path = join(await freshFolder(t), 'all.mbox')
  await writeFile(path, marks.map((mark, i) => marked(i + 1, mark)).join(''))
  const first = await importInto(app, path)
  assert.deepEqual(first.leftOut, { deleted: 2, draft: 3, spam: 1, trash: 2, chat: 1 })
  assert.deepEqual([first.read, first.stored, first.failed], [12, 3, 0])
  const second = await importInto(app, path, { include: ['spam', 'trash'] })
  assert.deepEqual(second.leftOut, { ...noneLeftOut, deleted: 2, draft: 3, chat: 1 })
  assert.deepEqual([second.stored, second.duplicates], [3, 3])
})

test('a mail that arrives is not left out for what its header claims', async (t) => {
  const { inbox } = await startApp(t)
  const { body } = await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  const raw = Buffer.from(`X-Gmail-Labels: Spam\nX-Mozilla-Status: 0008\n${header(1)}\nhello\n`)
  const type = { 'content-type': 'message/rfc822' }
  assert.equal((await inbox.post(`/channels/${body.channel.id}/mail`, raw, type)).status, 201)
})

test('folders and flags say what was deleted, too', async (t) => {
  const app = await startApp(t)
  const mbox = (n: number) => `${separators.usual}\n${header(n)}\nbody\n`
  const folder = await folderOf(t, {
    Inbox: mbox(1),
    'Inbox.msf': 'index',
    Trash: mbox(2),
    'Local/Junk': mbox(3),
    'Local/Entwürfe': mbox(4),
    'Exported.mbox/mbox': mbox(5),
    'Exported.mbox/table_of_contents': 'index',
    'Deleted Messages.mbox/mbox': mbox(6),
    'maildir/cur/1.host:2,S': header(7),
    'maildir/cur/2.host:2,ST': header(8),
    'maildir/cur/3.host:2,D': header(9),
    'maildir/.INBOX.Spam/cur/4.host:2,': header(10),
    'maildir/dovecot-uidlist': 'index',
  })
  const report = await importInto(app, folder)
  assert.deepEqual(report.failures, [])
  assert.deepEqual(report.leftOut, { deleted: 1, draft: 2, spam: 2, trash: 2, chat: 0 })
  assert.equal(report.stored, 3)
})

test("Apple Mail's files are read, with their flags", async (t) => {
  const app = await startApp(t)
  const plist = (flags: number) =>
    `<?xml version="1.0"?>\n<plist><dict>\n\t<key>flags</key>\n\t<integer>${flags}</integer>\n</dict></plist>\n`
  const emlx = (n: number, flags: number) => {
    const text = `${header(n)}\nGrüße ${n}\n`
    return `${Buffer.byteLength(text)}  \n${text}${plist(flags)}`
  }
  const messages = 'INBOX.mbox/Data/Messages'
  const folder = await folderOf(t, {
    [`${messages}/1.emlx`]: emlx(1, 8590195713),
    [`${messages}/2.emlx`]: emlx(2, 0b10),
    [`${messages}/3.emlx`]: emlx(3, 0b1000000),
    [`${messages}/4.partial.emlx`]: emlx(4, 1),
    [`${messages}/5.emlx`]: 'no number\n\nx',
    'INBOX.mbox/Info.plist': 'index',
  })
  const report = await importInto(app, folder)
  assert.deepEqual([report.stored, report.failed], [2, 1])
  assert.deepEqual(report.leftOut, { ...noneLeftOut, deleted: 1, draft: 1 })
  assert.match(report.notices[0]!.reason, /without its files/)
  const { items } = (await app.inbox.get('/customers')).body.customers
  assert.ok(items.some(({ contact }: any) => contact.lastMessagePreview === 'Grüße 1'))
})

test('files that Outlook saved are read, and what is no mail is named', async (t) => {
  const app = await startApp(t)
  const jane = { 0x1a: 'IPM.Note', 0x0c1a: 'Jane', 0x0c1f: 'jane@example.com', 0x39: new Date('2026-02-03T10:00:00Z') }
  const good = msg({
    properties: { ...jane, 0x37: 'Saved', 0x1000: 'Grüße aus Outlook' },
    attachments: [{ 0x3707: 'a.pdf', 0x3701: Buffer.from('pdf') }],
  })
  const folder = await folderOf(t, {
    'saved.msg': good,
    'copy.MSG': good,
    'draft.msg': msg({ properties: { ...jane, 0x0e07: 8 } }),
    'contact.msg': msg({ properties: { 0x1a: 'IPM.Contact' } }),
    'broken.msg': good.subarray(0, 1000),
    'plain.msg': `${header(1)}\nA mail as it was sent\n`,
    'Trash/old.msg': good,
  })
  const report = await importInto(app, folder)
  assert.deepEqual([report.stored, report.duplicates, report.failed], [2, 1, 2])
  assert.deepEqual(report.leftOut, { ...noneLeftOut, draft: 1, trash: 1 })
  assert.deepEqual(
    report.failures.map(({ place, reason }) => [place, reason.split(',')[0]]),
    [
      ['broken.msg', 'cannot be read: broken'],
      ['contact.msg', 'cannot be read: not a mail'],
    ],
  )
  const { items } = (await app.inbox.get('/conversations')).body.conversations
  const { id } = items.find(({ subject }: any) => subject === 'Saved')
  const [message] = (await app.inbox.get(`/conversations/${id}/messages`)).body.thread.messages.items
  assert.deepEqual(
    [message.contentText, message.createdAt, message.attachments[0].name],
    ['Grüße aus Outlook', '2026-02-03T10:00:00.000Z', 'a.pdf'],
  )
})

test("Gmail's thread and its label for sent mail are followed", async (t) => {
  const app = await startApp(t)
  const { body } = await app.inbox.post('/agents', { email: 'ada@team.example', name: 'Ada', role: 'AGENT' })
  const sent =
    'X-GM-THRID: 1787\nX-Gmail-Labels: =?UTF-8?Q?Gesendet,Ge=C3=B6ffnet?=\nFrom: Ada <ADA@team.example>\nTo: gm@example.com\nSubject: Sent\nDate: Mon, 1 Jan 2024 10:00:00 +0000\nMessage-ID: <g1@example.com>\n\nour answer\n'
  const received =
    'X-GM-THRID: 1787\nX-Gmail-Labels: Inbox\nFrom: gm@example.com\nTo: ada@team.example\nSubject: Re: Sent\nDate: Mon, 1 Jan 2024 11:00:00 +0000\nMessage-ID: <g2@example.com>\n\nthanks\n'
  const path = join(await freshFolder(t), 'takeout.mbox')
  await writeFile(path, [sent, received].map((mail) => `${separators.usual}\n${mail}\n`).join(''))
  const report = await importInto(app, path)
  assert.deepEqual([report.stored, report.contacts, report.conversations], [2, 1, 1])
  const [{ id }] = (await app.inbox.get('/conversations')).body.conversations.items
  const { messages } = (await app.inbox.get(`/conversations/${id}/messages`)).body.thread
  assert.deepEqual(
    messages.items.map(({ direction, agentId }: any) => [direction, agentId]),
    [
      ['OUTBOUND', body.agent.id],
      ['INBOUND', null],
    ],
  )
})

test('a mail without any date is stored with a note of it', async (t) => {
  const app = await startApp(t)
  const undated = header(1).replace(/^Date.*\n/m, '')
  const path = join(await freshFolder(t), 'undated.mbox')
  await writeFile(path, `${separators.bare}\n${undated}\nx\n\n${separators.usual}\n${undated.replace('m1', 'm2')}\ny\n`)
  const report = await importInto(app, path)
  assert.equal(report.stored, 2)
  assert.deepEqual(report.notices, [
    { place: 'undated.mbox #1', reason: 'stored with the time of the import: no date could be read in it' },
  ])
})
