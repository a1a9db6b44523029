import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from '../test/agents.ts'
import { startApp } from '../test/app.ts'
import { sql } from './db/sql.ts'
import { startWork } from './listeners.ts'

const tidying = 600_000

test('a chore that fails stops neither the others nor itself', async (t) => {
  const started = await startApp(t)
  const { db, inbox } = started
  const old = new Date(0).toISOString()
  const age = async () => {
    await join(started, inbox, { name: `Ada ${Math.random()}`, email: `ada${Math.random()}@team.example` })
    await db.run(sql`update sessions set expires_at = ${old}`)
    await db.run(sql`update events set created_at = ${old}`)
  }
  const gone = async (table: 'sessions' | 'events') => {
    const count = () =>
      db.one<{ n: number }>(
        table === 'sessions' ? sql`select count(*) as n from sessions` : sql`select count(*) as n from events`,
      )
    for (let tries = 0; (await count())!.n > 0; tries++) {
      assert.ok(tries < 500, `old ${table} are still there`)
      await sleep(20)
    }
  }
  const failures: unknown[] = []
  t.mock.timers.enable({ apis: ['setInterval'] })
  const work = await startWork({
    db,
    log: (_, { chore }) => void failures.push(chore),
    smtpUrl: '',
    publicUrl: '',
    smtpNetworks: [],
    dataDir: '',
    databaseUrl: '',
  })
  try {
    await inbox.post('/contacts', { email: 'jane@example.com' })
    await age()
    // the first of them
    await db.run(sql`alter table events rename to elsewhere`)
    t.mock.timers.tick(tidying)
    await gone('sessions')
    assert.deepEqual(failures, ['forgetOldEvents'])
    await db.run(sql`alter table elsewhere rename to events`)
    await age()
    t.mock.timers.tick(tidying)
    await gone('sessions')
    await gone('events')
    assert.deepEqual(failures, ['forgetOldEvents'])
  } finally {
    await work.close()
  }
})
