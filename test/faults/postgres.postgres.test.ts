import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freshFolder } from '../app.ts'
import { startPostgres } from '../postgres.ts'
import { startServer } from '../process.ts'

const setUp = async (t: TestContext) => {
  const postgres = await startPostgres()
  const folder = await freshFolder(t, postgres.stop)
  const server = await startServer(t, { DATABASE_URL: `${postgres.server}/postgres`, DATA_DIR: folder })
  const { key, workspaceId } = server
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const url = `${server.address}/v1/workspaces/${workspaceId}/support/inbox`
  const ask = async (path: string, body?: object) => {
    const begin = performance.now()
    const method = body ? 'POST' : 'GET'
    const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as any,
      took: performance.now() - begin,
    }
  }
  return { postgres, ask, isReady: async () => (await fetch(`${server.address}/readyz`)).status === 200 }
}

test('F11: PostgreSQL is killed under load: nothing acknowledged is lost, every call settles, and serving goes on by itself', async (t) => {
  const { postgres, ask, isReady } = await setUp(t)
  const state = { isDone: false, next: 0 }
  const noted: string[] = []
  const statuses = new Map<number, number>()
  let slowest = 0
  const writers = Array.from({ length: 32 }, async () => {
    while (!state.isDone) {
      const { status, body, took, headers } = await ask('/contacts', { email: `c${(state.next += 1)}@example.com` })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      slowest = Math.max(slowest, took)
      if (status === 201) noted.push(body.contact.id)
      if (status === 503) {
        assert.deepEqual([headers.get('retry-after'), body.code], ['1', 'database_unavailable'])
        await sleep(50)
      }
    }
  })
  for (let round = 0; round < 3; round++) {
    await sleep(700)
    await postgres.crash()
    await sleep(300)
    assert.equal(await isReady(), false)
    const before = noted.length
    await postgres.start()
    const up = performance.now()
    while (noted.length === before) await sleep(5)
    t.diagnostic(`serving again ${Math.round(performance.now() - up)} ms after PostgreSQL was`)
    assert.equal(await isReady(), true)
  }
  state.isDone = true
  await Promise.all(writers)
  let lost = 0
  for (const id of noted) if ((await ask(`/contacts/${id}`)).status !== 200) lost += 1
  t.diagnostic(
    `${noted.length} acknowledged, ${lost} lost, answers ${JSON.stringify([...statuses])}, slowest ${Math.round(slowest)} ms`,
  )
  assert.equal(lost, 0)
  assert.deepEqual(
    [...statuses.keys()].toSorted((a, b) => a - b),
    [201, 503],
  )
})

test('F13: every connection is held up: the others are told so soon, nobody hangs, and it recovers', async (t) => {
  const { postgres, ask } = await setUp(t)
  const blocker = new pg.Client(`${postgres.server}/postgres`)
  await blocker.connect()
  await blocker.query('begin; lock table contacts in access exclusive mode')
  const answers = await Promise.all(Array.from({ length: 300 }, () => ask('/customers')))
  const took = answers.map((answer) => answer.took).sort((a, b) => a - b)
  t.diagnostic(`300 requests: median ${Math.round(took[150]!)} ms, slowest ${Math.round(took.at(-1)!)} ms`)
  for (const { status, body } of answers) assert.deepEqual([status, body.code], [503, 'database_unavailable'])
  await blocker.query('rollback')
  await blocker.end()
  assert.equal((await ask('/customers')).status, 200)
})

test('F13: 5,000 connections in a second: each gets its answer or 503, nobody hangs, and it goes on', async (t) => {
  const { ask } = await setUp(t)
  await ask('/contacts', { email: 'jane@example.com' })
  const begin = performance.now()
  // fetch opens a connection for each of those that are under way at once
  const answers = await Promise.all(Array.from({ length: 5000 }, () => ask('/customers')))
  const took = answers.map((answer) => answer.took).sort((a, b) => a - b)
  const count = (status: number) => answers.filter((answer) => answer.status === status).length
  t.diagnostic(
    `5000 in ${Math.round(performance.now() - begin)} ms: ${count(200)} answered, ${count(503)} told 503; median ${Math.round(took[2500]!)} ms, slowest ${Math.round(took.at(-1)!)} ms`,
  )
  assert.equal(count(200) + count(503), 5000)
  assert.equal((await ask('/customers')).status, 200)
})

test('a server in recovery is read from and not written to, and written to again once it is promoted', async (t) => {
  const { postgres, ask, isReady } = await setUp(t)
  assert.equal((await ask('/contacts', { email: 'jane@example.com' })).status, 201)
  await postgres.halt()
  await writeFile(join(postgres.data, 'standby.signal'), '')
  await postgres.start()
  while ((await ask('/customers')).status !== 200) await sleep(50)
  assert.equal(await isReady(), false)
  const refused = await ask('/contacts', { email: 'john@example.com' })
  assert.deepEqual(
    [refused.status, refused.body.code, refused.headers.get('retry-after')],
    [503, 'database_unavailable', '1'],
  )
  const admin = new pg.Client(`${postgres.server}/postgres`)
  await admin.connect()
  await admin.query('select pg_promote()')
  await admin.end()
  while (!(await isReady())) await sleep(20)
  assert.equal((await ask('/contacts', { email: 'john@example.com' })).status, 201)
  assert.equal((await ask('/customers')).body.customers.items.length, 2)
})
