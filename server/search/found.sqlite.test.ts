import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { undoMigration, useFirstVersion } from '../../test/old-index.ts'
import { check } from '../check/check.ts'
import type { Queries } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { sql, verbatim, type Sql } from '../db/sql.ts'
import { searched } from './searched.ts'
import { contactsFound, conversationsFound, messagesFound } from './queries.ts'

test('rows that a search found are read by their numbers, however many there are', async (t) => {
  const { db, inbox } = await startApp(t)
  const seqs = Array.from({ length: 50 }, (_, i) => i + 1)
  for (const found of [contactsFound, conversationsFound, messagesFound]) {
    let asked: Sql | undefined
    const noting: Queries = {
      ...db,
      many: (query) => {
        asked = query
        return db.many(query)
      },
    }
    await found(noting, inbox.workspaceId, { seqs })
    const [first] = await db.many<{ detail: string }>(sql`explain query plan ${asked!}`)
    assert.match(first!.detail, /^SEARCH \w+ USING INTEGER PRIMARY KEY \(rowid=\?\)$/)
  }
})

/** What Linux calls nice, of each thread of this process. */
const priorities = () =>
  readdirSync('/proc/self/task').map((id) => {
    const [, fields = ''] = readFileSync(`/proc/self/task/${id}/stat`, 'latin1').split(') ')
    return Number(fields.split(' ')[16])
  })

const onLinux = { skip: process.platform === 'linux' ? false : 'only Linux has a priority for each thread' }

test('a search for several words, which has a thread of its own, gives way to the event loop', onLinux, async (t) => {
  const { inbox } = await startApp(t)
  const usual = getPriority()
  assert.deepEqual(new Set(priorities()), new Set([usual]))
  assert.equal((await inbox.get('/search?q=two+words')).status, 200)
  assert.deepEqual(new Set(priorities()), new Set([usual, usual + 5]))
})

test('an index that listed the oldest row first is turned round, and everything is found as before', async (t) => {
  const { db, inbox } = await startApp(t)
  await useFirstVersion(db)
  const { id } = await makeConversation(inbox, {
    email: 'jane@example.com',
    subject: 'Billing',
    text: 'Zero',
  })
  await makeConversation(inbox, {
    email: 'joe@example.com',
    subject: 'Billing again',
    text: 'Nothing',
  })
  for (const text of ['one invoice', 'two invoices', 'three invoices']) await customerWrites(inbox, id, text)
  const answers = async () => {
    const asked = ['example', 'jane@example.com', 'billing', 'invoice', 'three invoices'].map(
      (q) => `/search?q=${q}&limit=2`,
    )
    return (await Promise.all(asked.map((path) => inbox.get(path)))).map(({ body }) => body)
  }
  const before = await answers()
  await undoMigration(db)
  for (const name of searched.map((table) => `${table}_terms`))
    for (const statement of [
      `create table upside_down as
         select ${Number.MAX_SAFE_INTEGER} - doc as seq, group_concat(term, ' ') as terms
         from ${name.replace('_terms', '_vocabulary')} group by doc`,
      `insert into ${name} (${name}) values ('delete-all')`,
      `insert into ${name} (rowid, terms) select seq, terms from upside_down order by seq`,
      'drop table upside_down',
    ])
      await db.run(verbatim(statement))
  await db.run(sql`delete from migrations where name = '020-search-newest-first'`)
  assert.deepEqual(await migrate(db), ['020-search-newest-first', '036-search-indexes'])
  assert.deepEqual(await answers(), before)
  assert.deepEqual(await check(db, { repair: false }), [])
})
