import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, mail, makeConversation } from '../../test/make.ts'
import { check } from '../check/check.ts'
import { importMails } from '../imports/import-mails.ts'
import { Report } from '../imports/report.ts'
import { scrubErased } from './scrub.ts'

test('of a deleted contact nothing is left: not in answers, not in the bytes of the files', async (t) => {
  const { inbox, db, parser, dataDir, close } = await startApp(t)
  for (let i = 0; i < 30; i++)
    await makeConversation(inbox, { email: `other${i}@example.com`, text: `ordinary words number ${i}` })
  const raw = mail(
    {
      From: 'Wilhelmina Quuxbury <wilhelmina@secretive.example>',
      Subject: 'Confidentialsubject',
      'Message-ID': '<zyxw@secretive.example>',

      Date: 'Thu, 22 Aug 2002 12:36:23 +0000',
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=utf-8',
    },
    'The passphrase is xylophonequartz.',
  )
  const items = (async function* () {
    yield { place: 'one.eml', raw }
  })()
  const options = {
    db,
    parser,
    workspaceId: inbox.workspaceId,
    own: new Set<string>(),
    status: 'CLOSED',
    include: new Set<never>(),
    dryRun: false,
  } as const
  await importMails(items, { ...options, report: new Report(() => {}) })
  const [found] = (await inbox.get('/search?q=quuxbury')).body.results.contacts
  const conversations = (await inbox.get(`/conversations?contactId=${found.id}`)).body.conversations.items
  await customerWrites(inbox, conversations[0].id, 'Also rhinocerosvelvet, please.')
  await inbox.patch(`/contacts/${found.id}`, { phone: '+49 151 98765432' })

  assert.equal((await (await inbox.as({ scope: 'user', agent: 'Ada' })).delete(`/contacts/${found.id}`)).status, 403)
  const deleted = await inbox.delete(`/contacts/${found.id}`)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  assert.equal((await inbox.delete(`/contacts/${found.id}`)).status, 404)
  assert.equal((await inbox.get(`/contacts/${found.id}`)).status, 404)
  assert.equal((await inbox.get(`/conversations/${conversations[0].id}/messages`)).status, 404)
  const words = [
    'wilhelmina',
    'quuxbury',
    'secretive',
    'confidentialsubject',
    'xylophonequartz',
    'rhinocerosvelvet',
    '98765432',
  ]
  for (const q of words)
    assert.deepEqual((await inbox.get(`/search?q=${q}`)).body.results, {
      contacts: [],
      conversations: [],
      messages: [],
    })
  assert.deepEqual(await check(db, { repair: false }), [])

  const bytesOf = async (name: string) => (await readFile(join(dataDir, name), 'latin1').catch(() => '')).toLowerCase()
  const leaks = async () => {
    const files = (await bytesOf('support-inbox.db')) + (await bytesOf('support-inbox.db-wal'))
    // FTS5 shares the beginnings of neighbouring words, so the ends are looked for, too
    return [...words, ...words.map((word) => word.slice(-8)), found.id.toLowerCase()].filter((word) =>
      files.includes(word),
    )
  }
  await scrubErased(db)
  assert.deepEqual(await leaks(), [], 'while the server runs')
  await close()
  assert.deepEqual(await leaks(), [], 'after it has stopped')
})

test('many contacts in any order: page splits and index boundaries keep nothing of the erased ones', async (t) => {
  const { inbox, db, dataDir } = await startApp(t)
  const word = (i: number, what: string) => `uniq${String(i).padStart(5, '0')}zq${what}`
  const contacts: { i: number; id: string }[] = []
  const make = async (i: number) => {
    const text = `${word(i, 'body')} ${'lorem ipsum dolor sit amet '.repeat((i * 7) % 40)}`
    const { contactId } = await makeConversation(inbox, {
      email: `${word(i, 'mail')}@example.com`,
      subject: word(i, 'subj'),
      text,
    })
    if (i % 3 === 0) await inbox.patch(`/contacts/${contactId}`, { name: word(i, 'newname') })
    contacts.push({ i, id: contactId })
  }
  for (let i = 0; i < 600; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => make(i + k)))
  const gone = contacts.filter(({ i }) => i % 2 === 0)
  for (let from = 0; from < gone.length; from += 10)
    for (const { status } of await Promise.all(
      gone.slice(from, from + 10).map(({ id }) => inbox.delete(`/contacts/${id}`)),
    ))
      assert.equal(status, 204)
  await scrubErased(db)
  const files = await Promise.all(
    ['', '-wal'].map((end) => readFile(join(dataDir, `support-inbox.db${end}`), 'latin1')),
  )
  const left = gone.filter(({ i, id }) => files.some((bytes) => bytes.includes(word(i, '')) || bytes.includes(id)))
  assert.deepEqual(left, [])
})
