import assert from 'node:assert/strict'
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
