import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import type { Queries } from '../db/db.ts'
import { sql, type Sql } from '../db/sql.ts'
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
