import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startApp } from '../../test/app.ts'
import { sql } from '../db/sql.ts'
import { adoptEvents, eventsAfter, newestPosition, record } from './queries.ts'

const settings = async (t: test.TestContext) => {
  const { inbox, db, url } = await startApp(t)
  const client = new pg.Client(url)
  // the database goes before the client does
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return { workspaceId: inbox.workspaceId, db, client }
}

test('an event that was numbered first and committed last is neither missed nor read twice', async (t) => {
  const { workspaceId, db, client } = await settings(t)
  const start = await newestPosition(db, workspaceId)
  await client.query('begin')
  // a transaction of another process, on its way
  await client.query(
    `insert into events (workspace_id, xact, kind, contact_id, created_at)
     values ($1, pg_current_xact_id()::text::bigint, 'CONTACT_CREATED', 'slow', '')`,
    [workspaceId],
  )
  await db.transaction(async (tx) => record(tx, workspaceId, { kind: 'CONTACT_CREATED', contactId: 'quick' }))

  const bySeq = () =>
    db.many<{ seq: number; contactId: string }>(
      sql`select seq, contact_id as "contactId" from events where workspace_id = ${workspaceId} order by seq`,
    )
  // the control: whoever goes by the number alone sees the later one, and would go on behind it
  const [seen] = await bySeq()
  assert.equal(seen!.contactId, 'quick')
  const read = async (after = start) =>
    (await eventsAfter(db, workspaceId, { after, limit: 10 })).map(({ contactId }) => contactId)
  assert.deepEqual(await read(), [])
  assert.deepEqual(await newestPosition(db, workspaceId), start)
  await client.query('commit')
  // a transaction anywhere in this PostgreSQL may hold both back for a moment
  while ((await read()).length === 0) await sleep(5)
  assert.deepEqual(await read(), ['slow', 'quick'])
  assert.ok((await bySeq()).find(({ contactId }) => contactId === 'slow')!.seq < seen!.seq)
  assert.deepEqual(await read(await newestPosition(db, workspaceId)), [])
})

test('eight writers and a reader that goes on from its last position: every event once, in one order', async (t) => {
  const { workspaceId, db } = await settings(t)
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; i < 50; i++)
      await db.transaction(async (tx) => {
        record(tx, workspaceId, { kind: 'CONTACT_CREATED', contactId: `${writer}-${i}` })
        if (i % 3 === 0) await tx.one(sql`select 1 as one from workspaces limit 1`)
      })
  })
  const seen: string[] = []
  let after = { xact: 0, seq: 0 }
  const read = async () => {
    const events = await eventsAfter(db, workspaceId, { after, limit: 7 })
    seen.push(...events.map(({ contactId }) => contactId!))
    after = events.at(-1) ?? after
  }
  const reader = (async () => {
    while (seen.length < 400) await read()
  })()
  await Promise.all([...writers, reader])
  await read()
  assert.equal(seen.length, 400)
  assert.equal(new Set(seen).size, 400)
})

test('events that came from a database further on are readable, and before what happens now', async (t) => {
  const { workspaceId, db } = await settings(t)
  await db.run(
    sql`insert into events (workspace_id, xact, kind, contact_id, created_at)
        values (${workspaceId}, ${4_000_000_000}, 'CONTACT_CREATED', 'copied', '')`,
  )
  await adoptEvents(db)
  await db.transaction(async (tx) => record(tx, workspaceId, { kind: 'CONTACT_CREATED', contactId: 'new' }))
  const read = async () => {
    const events = await eventsAfter(db, workspaceId, { after: { xact: 0, seq: 0 }, limit: 10 })
    return events.map(({ contactId }) => contactId)
  }
  while ((await read()).length < 2) await sleep(5)
  assert.deepEqual(await read(), ['copied', 'new'])
})
