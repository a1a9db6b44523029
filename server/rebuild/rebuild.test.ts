import assert from 'node:assert/strict'
import test from 'node:test'
import { type Inbox, startApp } from '../../test/app.ts'
import { customerWrites, makeContact, makeConversation } from '../../test/make.ts'
import { undoMigration, useFirstVersion } from '../../test/old-index.ts'
import { check } from '../check/check.ts'
import type { Db } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { sql } from '../db/sql.ts'
import { listIndexes } from '../search/indexes.ts'
import { rebuildStep } from './rebuild.ts'

const found = async (inbox: Inbox, q: string) => {
  const { contacts, conversations, messages } = (await inbox.get(`/search?q=${encodeURIComponent(q)}`)).body.results
  return [contacts.length, conversations.length, messages.length]
}

const statesOf = async (db: Db) => (await listIndexes(db)).map(({ version, state }) => `${version} ${state}`)

/** No process can be asking the retired index any more. */
const letTimePass = (db: Db) => db.run(sql`update search_indexes set changed_at = ''`)

const rebuild = async (db: Db, each = async () => {}) => {
  for (let step; step !== 'done';) {
    step = await rebuildStep(db)
    if (step === 'waiting') await letTimePass(db)
    await each()
  }
}

/** An inbox as the version before left it. */
const startOld = async (t: Parameters<typeof startApp>[0]) => {
  const started = await startApp(t)
  await useFirstVersion(started.db)
  return started
}

const people = 60

const fill = async (inbox: Inbox) => {
  const made = []
  for (let i = 0; i < people; i++) {
    const email = `person${i}@example.com`
    await makeContact(inbox, { email, name: `Łukasz Müller ${i}` })
    made.push(await makeConversation(inbox, { email, subject: `Billing ${i}`, text: `Đà Nẵng ${i}` }))
  }
  return made
}

test('the old index answers until the new one has every row', async (t) => {
  const { inbox, db } = await startOld(t)
  await makeContact(inbox, { email: 'jane@example.com', name: 'Jane Łuk' })
  await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing question', text: 'From Đà Nẵng' })
  assert.deepEqual(await check(db, { repair: false }), [])
  const answers = () => Promise.all(['łuk', 'luk', 'đà', 'da nang', 'jane billing'].map((q) => found(inbox, q)))
  const before = await answers()
  assert.deepEqual(before, [
    [1, 0, 0],
    [0, 0, 0],
    [0, 0, 1],
    [0, 0, 0],
    [0, 0, 0],
  ])
  await rebuildStep(db)
  while ((await statesOf(db))[0] === '1 ACTIVE') {
    assert.deepEqual(await answers(), before)
    await rebuildStep(db)
  }
  await letTimePass(db)
  await rebuild(db)
  // a process looks once a second which index answers
  await new Promise((resolve) => setTimeout(resolve, 1100))
  assert.deepEqual(await answers(), [
    [1, 1, 0],
    [1, 1, 0],
    [0, 0, 1],
    [0, 0, 1],
    [0, 1, 0],
  ])
  assert.deepEqual(await statesOf(db), ['2 ACTIVE'])
})

test('an upgrade keeps the index that is there, and the rebuild replaces it', async (t) => {
  const { inbox, db } = await startOld(t)
  await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing question', text: 'Hello' })
  await undoMigration(db)
  assert.deepEqual(await migrate(db), ['036-search-indexes'])
  assert.deepEqual(await found(inbox, 'billing'), [0, 1, 0])
  assert.deepEqual(await check(db, { repair: false }), [])
  await rebuild(db)
  assert.deepEqual(await check(db, { repair: false }), [])
  await new Promise((resolve) => setTimeout(resolve, 1100))
  assert.deepEqual(await found(inbox, 'jane billing'), [0, 1, 0])
})

test('what is written, changed and erased after each step is right in every index', async (t) => {
  const { inbox, db } = await startOld(t)
  const made = await fill(inbox)
  let n = 0
  const seen = new Set<string>()
  await rebuild(db, async () => {
    n += 1
    for (const state of await statesOf(db)) seen.add(state)
    const [first, middle, last] = [made.shift(), made[made.length >> 1], made.pop()]
    await Promise.all([
      makeConversation(inbox, { email: `new${n}@example.com`, subject: 'Nové', text: 'Łódź' }),
      first && inbox.delete(`/contacts/${first.contactId}`),
      last && inbox.delete(`/contacts/${last.contactId}`),
      middle && inbox.patch(`/contacts/${middle.contactId}`, { name: `Bjørn Ærø ${n}`, email: `bj${n}@example.com` }),
      middle && customerWrites(inbox, middle.id, `Straße ${n}`),
    ])
    assert.deepEqual(await check(db, { repair: false }), [], [...seen].join())
  })
  assert.deepEqual([...seen].toSorted(), ['1 ACTIVE', '1 DROPPED', '1 RETIRED', '2 ACTIVE', '2 BUILDING'])
  assert.deepEqual(await statesOf(db), ['2 ACTIVE'])
})

test('previews that older rules made are made anew', async (t) => {
  const { inbox, db } = await startOld(t)
  const { id, contactId } = await makeConversation(inbox, { email: 'jane@example.com', text: 'Hello' })
  await db.run(sql`update messages set preview = 'old'`)
  await db.run(sql`update conversations set last_message_preview = 'old' where id = ${id}`)
  await db.run(sql`update contacts set last_message_preview = 'old' where id = ${contactId}`)
  await rebuild(db)
  assert.deepEqual(await check(db, { repair: false }), [])
  assert.equal((await inbox.get(`/contacts/${contactId}`)).body.contact.lastMessagePreview, 'Hello')
})

test('many writers and two builders at once leave nothing out', async (t) => {
  const { inbox, db, config } = await startOld(t)
  await fill(inbox)
  const builders = [db]
  if (db.engine === 'postgres') builders.push(await openDatabase(config, { role: 'server', onFatal: () => {} }))
  const over = new AbortController()
  const write = async (writer: number) => {
    for (let i = 0; !over.signal.aborted; i++) {
      const email = `w${writer}-${i}@example.com`
      const { contactId } = await makeConversation(inbox, { email, subject: `Été ${i}`, text: `Øl ${i}` })
      const { status } = await inbox.patch(`/contacts/${contactId}`, { name: `Þór ${i}` })
      assert.equal(status, 200)
      if (i % 3 === 0) await inbox.delete(`/contacts/${contactId}`)
    }
  }
  const writing = Promise.all([0, 1, 2].map(write))
  const building = builders.map(async (each) => {
    for (let step; step !== 'done';) {
      // a row that is being changed makes a step fail
      step = await rebuildStep(each).catch(() => undefined)
      if (step === 'waiting') await letTimePass(each)
    }
  })
  await Promise.all(building)
  over.abort()
  await writing
  if (builders[1]) await builders[1].close()
  assert.deepEqual(await statesOf(db), ['2 ACTIVE'])
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a process writes nothing once a newer one has begun a rebuild', async (t) => {
  const { inbox, db, config } = await startApp(t)
  await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing' })
  await db.run(sql`insert into search_indexes (version, state, changed_at) values (3, 'BUILDING', '')`)
  assert.equal((await inbox.post('/contacts', { email: 'new@example.com' })).status, 503)
  assert.deepEqual(await found(inbox, 'billing'), [0, 1, 0])
  await assert.rejects(
    openDatabase({ ...config, dataDir: config.dataDir }, { role: 'command', onFatal: () => {} }),
    /is of a newer support-inbox/,
  )
  await db.run(sql`update search_indexes set state = case when version = 3 then 'ACTIVE' else 'RETIRED' end`)
  await new Promise((resolve) => setTimeout(resolve, 1100))
  assert.equal((await inbox.get('/search?q=billing')).status, 503)
})
