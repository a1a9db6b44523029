import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import type { Queries } from '../db/db.ts'
import { sql, type Sql } from '../db/sql.ts'
import { findReferences } from './queries.ts'

test("a mail's references are looked up one by one, however many mails its workspace has", async (t) => {
  const { db, inbox } = await startApp(t)
  for (const references of [['a@example.com'], ['a@example.com', 'b@example.com', 'c@example.com']]) {
    let asked: Sql | undefined
    const noting: Queries = { ...db, many: (query) => db.many((asked = query)) }
    await findReferences(noting, inbox.workspaceId, { contactId: 'ctc_x', references })
    const plan = await db.many<{ detail: string }>(sql`explain query plan ${asked!}`)
    assert.deepEqual(
      plan.map(({ detail }) => detail),
      ['SEARCH mail_references USING PRIMARY KEY (workspace_id=? AND contact_id=? AND reference=?)'],
    )
  }
})
