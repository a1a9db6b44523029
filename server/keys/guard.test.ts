import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { limits } from '../limits.ts'
import { sql } from '../db/sql.ts'
import { countBadKeys } from './bad-keys.ts'
import { listKeys } from './queries.ts'
import { newSecret } from './secret.ts'

test('when a key was last used is noted once a minute, and no request waits for it', async (t) => {
  const { db, inbox } = await startApp(t)
  const lastUsed = async () => (await listKeys(db, inbox.workspaceId))[0]!.lastUsedAt
  const isNoted = async () => {
    while ((await lastUsed()) === null) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(await lastUsed(), null)
  let writes = 0
  const { run } = db
  db.run = async (query) => {
    // others write, too: rates are told between processes once a second
    if (!query.parts[0]!.startsWith('update api_keys')) return run(query)
    writes += 1
    // a disk that takes its time
    await new Promise((resolve) => setTimeout(resolve, 50))
    return run(query)
  }
  for (let i = 0; i < 20; i++) assert.equal((await inbox.get('/agents')).status, 200)
  await isNoted()
  assert.equal(writes, 1)
  assert.ok(Date.now() - Date.parse((await lastUsed())!) < 60_000)
})

test('a key that another process noted within the minute is not written again', async (t) => {
  const { db, inbox } = await startApp(t)
  const at = new Date(Date.now() - 30_000).toISOString()
  await db.run(sql`update api_keys set last_used_at = ${at}`)
  const written = Promise.withResolvers<number>()
  const { run } = db
  db.run = async (query) => {
    const rows = await run(query)
    written.resolve(rows)
    return rows
  }
  await inbox.get('/agents')
  assert.equal(await written.promise, 0)
  assert.equal((await listKeys(db, inbox.workspaceId))[0]!.lastUsedAt, at)
})

test('only bad keys are throttled, by address: after 60 in a minute 429, while good keys from there still pass', async (t) => {
  const { ask, inbox } = await startApp(t)
  const good = await inbox.as({ scope: 'api_user' })
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`
  const from = '192.0.2.7'
  // however slow the machine is, no time passes
  const now = performance.now()
  t.mock.method(performance, 'now', () => now)
  const statuses = []
  for (let i = 0; i < 62; i++)
    statuses.push((await ask('GET', url, { key: i % 2 ? newSecret() : 'guess', from })).status)
  assert.deepEqual([statuses.indexOf(429), statuses.lastIndexOf(401)], [limits.badKeys, limits.badKeys - 1])
  const told = await ask('GET', url, { key: 'guess', from })
  assert.deepEqual([told.status, told.body.code], [429, 'too_many_bad_keys'])
  const seconds = Number(told.headers['retry-after'])
  assert.ok(seconds >= 1 && seconds <= 60)
  assert.equal(told.body.message, `Too many bad API keys came from your address. Try again in ${seconds} seconds.`)
  assert.equal((await ask('GET', url, { key: good.secret, from })).status, 200)
  // a request without any key is no guess
  assert.equal((await ask('GET', url, { from })).status, 401)
  assert.equal((await ask('GET', url, { key: 'guess', from: '192.0.2.8' })).status, 401)
})

test('an IPv6 client is its first 64 bits, and no number of addresses fills the memory', (t) => {
  const now = performance.now()
  const clock = t.mock.method(performance, 'now', () => now)
  const note = countBadKeys(new Map())
  const isTold = (address: string) => {
    try {
      note(address)
      return false
    } catch {
      return true
    }
  }
  for (let i = 0; i < limits.badKeys; i++) assert.equal(isTold(`2001:db8:1:2::${i}`), false)
  assert.deepEqual([isTold('2001:db8:1:2:3:4:5:6'), isTold('2001:db8:1:3::1')], [true, false])
  for (let i = 0; i < limits.badKeys; i++) isTold('::ffff:192.0.2.1')
  assert.deepEqual([isTold('192.0.2.1'), isTold('::ffff:192.0.2.2')], [true, false])
  // it remembers every look at it
  clock.mock.restore()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 300_000; i++) isTold(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  assert.ok(process.memoryUsage().heapUsed - before < 100e6)
  // whoever was counted longest ago is forgotten
  assert.deepEqual([isTold('2001:db8:1:2::1'), isTold('192.0.2.1')], [false, false])
})
