import assert from 'node:assert/strict'
import test from 'node:test'
import { type Inbox, startApp } from '../../test/app.ts'
import { makeContact, makeConversation } from '../../test/make.ts'
import { check } from '../check/check.ts'
import { sql } from '../db/sql.ts'
import { doJobs } from '../jobs/work.ts'
import { conversationReindexer, reindexConversations } from './people.ts'

const subjects = async (inbox: Inbox, q: string): Promise<string[]> => {
  const { body } = await inbox.get(`/search?q=${encodeURIComponent(q)}&type=conversations&limit=50`)
  return body.results.conversations.map(({ subject }: { subject: string }) => subject)
}

test('a conversation is found by its person, alone and with the subject', async (t) => {
  const { inbox } = await startApp(t)
  await makeContact(inbox, { email: 'jd@mail.example.com', name: 'Jane Doe', phone: '+1 555 010 0123' })
  await makeConversation(inbox, { email: 'jd@mail.example.com', subject: 'Billing question' })
  await makeConversation(inbox, { email: 'bob@example.com', subject: 'Billing again' })
  for (const q of [
    'jane',
    'jane billing',
    'billing jane',
    'doe quest',
    'jan',
    'jd@mail.example.com billing',
    'mail jane',
  ])
    assert.deepEqual(await subjects(inbox, q), ['Billing question'], q)
  assert.deepEqual(await subjects(inbox, 'example billing'), ['Billing again', 'Billing question'])
  for (const q of ['jane again', 'bob question', '0100123', 'jan billing'])
    assert.deepEqual(await subjects(inbox, q), [], q)
})

test('a new name or address is what its conversations are found by', async (t) => {
  const { inbox, db } = await startApp(t)
  const { contactId } = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing' })
  await inbox.patch(`/contacts/${contactId}`, { name: 'Janet Roe' })
  assert.deepEqual(await subjects(inbox, 'roe billing'), ['Billing'])
  await inbox.patch(`/contacts/${contactId}`, { email: 'roe@other.example' })
  assert.deepEqual(await subjects(inbox, 'other billing'), ['Billing'])
  assert.deepEqual(await subjects(inbox, 'jane@example.com'), [])
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('of many conversations a job gives the rest the new name', async (t) => {
  const { inbox, db } = await startApp(t)
  let contactId = ''
  for (let i = 0; i < 11; i++)
    ({ contactId } = await makeConversation(inbox, { email: 'jane@example.com', subject: `Billing ${i}` }))
  await inbox.patch(`/contacts/${contactId}`, { name: 'Zoë Roe' })
  assert.equal((await subjects(inbox, 'zoe')).length, 4)
  // the job knows of the others
  assert.deepEqual(await check(db, { repair: false }), [])
  const jobs = doJobs({ db, log: () => {}, workers: { [reindexConversations]: conversationReindexer(db) } })
  while (await db.one(sql`select id from jobs where kind = ${reindexConversations}`))
    await new Promise((resolve) => setTimeout(resolve, 20))
  await jobs.close()
  assert.equal((await subjects(inbox, 'zoe billing')).length, 11)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a conversation without its person’s words is found and mended by check', async (t) => {
  const { inbox, db } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing' })
  await db.run(sql`update conversations set people = 'Somebody' where id = ${id}`)
  const fields = (await check(db, { repair: true })).map(({ table, field }) => `${table}.${field}`)
  assert.ok(fields.includes('conversations.people'))
  await check(db, { repair: true })
  assert.deepEqual(await check(db, { repair: false }), [])
  assert.deepEqual(await subjects(inbox, 'jane billing'), ['Billing'])
})

test('letters without a decomposition and German umlauts are found as people type them', async (t) => {
  const { inbox } = await startApp(t)
  const typed: Record<string, string[]> = {
    'Đà Nẵng': ['da nang', 'đà nẵng', 'DA NANG'],
    København: ['kobenhavn', 'københavn', 'koben'],
    Ærø: ['aero', 'ærø', 'AERØ'],
    'Łódź Œuvre': ['lodz', 'łódź', 'oeuvre', 'œuv'],
    'Ħamrun Isparta ıspanak': ['hamrun', 'isparta', 'ispanak'],
    'Þórr Guðrún Straße ẞ': ['thorr', 'gudrun', 'strasse', 'straße', 'ss'],
    'Jürgen Größe Bär': [
      'jurgen',
      'juergen',
      'jürgen',
      'ju\u0308rgen',
      'groesse',
      'größe',
      'grosse',
      'baer',
      'bär',
      'JÜRG',
      'juerg',
    ],
    'Mueller Boehm': ['müller', 'böhm', 'mueller', 'mül'],
    Muller: ['muller', 'müller'],
  }
  for (const [subject, queries] of Object.entries(typed)) {
    await makeConversation(inbox, { email: 'x@example.com', subject })
    for (const q of queries) assert.ok((await subjects(inbox, q)).includes(subject), `${q} in ${subject}`)
  }
  assert.deepEqual(await subjects(inbox, 'mueller'), ['Mueller Boehm'])
  assert.deepEqual(await subjects(inbox, 'blü'), [])
})
