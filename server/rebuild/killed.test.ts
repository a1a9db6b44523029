import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { makeConversation } from '../../test/make.ts'
import { useFirstVersion } from '../../test/old-index.ts'
import { randomFrom } from '../../test/random.ts'
import { check } from '../check/check.ts'
import { listIndexes } from '../search/indexes.ts'

const server = join(import.meta.dirname, '..')

/** Rebuilds in a process of its own, beside the app, until it is killed. */
const program = `
  const { openDatabase } = await import('${server}/db/open.ts')
  const { rebuildStep } = await import('${server}/rebuild/rebuild.ts')
  const { sql } = await import('${server}/db/sql.ts')
  const where = JSON.parse(process.argv[1])
  const db = await openDatabase(where, { role: 'command', onFatal: (error) => { throw error } })
  console.log('begun')
  for (let step; step !== 'done'; ) {
    step = await rebuildStep(db)
    if (step === 'waiting') await db.run(sql\`update search_indexes set changed_at = ''\`)
  }
  await db.close()`

test('a rebuild that is killed at any moment goes on, and nothing is left out', async (t) => {
  const { inbox, db, config } = await startApp(t)
  await useFirstVersion(db)
  for (let i = 0; i < 80; i++)
    await makeConversation(inbox, { email: `person${i}@example.com`, subject: `Łódź ${i}`, text: `Ærø ${i} Straße` })
  const random = randomFrom(Date.now())
  let kills = 0
  for (;;) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(config)])
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    const hasEnded = once(child, 'exit')
    // at last it may come to its end
    if (kills < 12) await Promise.race([hasEnded, sleep(random() * 60)])
    else await hasEnded
    if (child.exitCode === 0) break
    child.kill('SIGKILL')
    await hasEnded
    kills += 1
    await makeConversation(inbox, { email: `after${kills}@example.com`, subject: 'Ładny', text: 'Øl' })
    assert.deepEqual(await check(db, { repair: false }), [])
  }
  assert.ok(kills > 2, `${kills} kills`)
  assert.deepEqual(
    (await listIndexes(db)).map(({ version, state }) => `${version} ${state}`),
    ['2 ACTIVE'],
  )
  assert.deepEqual(await check(db, { repair: false }), [])
})
