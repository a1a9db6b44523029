import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { makeContact, makeConversation } from '../../test/make.ts'
import { useFirstVersion } from '../../test/old-index.ts'
import { sql } from '../db/sql.ts'
import { scrubErased } from '../erasure/scrub.ts'
import { listIndexes } from '../search/indexes.ts'
import { rebuildStep } from './rebuild.ts'

/** So many that their index has some hundred pages. */
const wordsOf = (i: number) => Array.from({ length: 60 }, (_, j) => `w${i}x${j}`).join(' ')

test('a dropped index leaves its pages in small steps and none of its words in the files', async (t) => {
  const { inbox, db, dataDir, close } = await startApp(t)
  await useFirstVersion(db)
  // as only the first version has it
  const term = Buffer.from('łukaszewski')
  for (let i = 0; i < 60; i++)
    await makeConversation(inbox, {
      email: `p${i}@example.com`,
      subject: `Łukaszewski ${i}`,
      text: `ŁUKASZEWSKI ${wordsOf(i)}`,
    })
  const { id } = await makeContact(inbox, { email: 'gone@example.com', name: 'Łukaszewski' })
  const hasTerm = () => readdirSync(dataDir).some((file) => readFileSync(join(dataDir, file)).includes(term))
  assert.ok(hasTerm())
  let drops = 0
  for (let step; step !== 'done';) {
    step = await rebuildStep(db)
    if (step === 'waiting') await db.run(sql`update search_indexes set changed_at = ''`)
    const isDropping = (await listIndexes(db)).some(({ state }) => state === 'DROPPED')
    if (!isDropping) continue
    if ((drops += 1) === 1) await inbox.delete(`/contacts/${id}`)
    await scrubErased(db)
    // the old index may still have words of the contact
    assert.ok(await db.one(sql`select id from erasures where scrubbed_at is null`))
  }
  assert.ok(drops > 1, `${drops} steps`)
  await scrubErased(db)
  assert.equal(await db.one(sql`select id from erasures where scrubbed_at is null`), undefined)
  await close()
  assert.ok(!hasTerm())
})
