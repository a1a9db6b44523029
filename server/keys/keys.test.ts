import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { sql } from '../db/sql.ts'
import { revoke } from './queries.ts'
import { hashOf, isKey, newSecret } from './secret.ts'

test('a key has a prefix, 190 random bits and a checksum, and only its hash is stored', async (t) => {
  const { db, app, inbox } = await startApp(t)
  const secret = newSecret()
  assert.match(secret, /^inbox_[0-9A-Za-z]{32}[0-9a-f]{6}$/)
  assert.ok(isKey(secret))
  assert.ok(!isKey(secret.replace(/.$/, (c) => (c === '0' ? '1' : '0'))))
  assert.equal(new Set(Array.from({ length: 1000 }, newSecret)).size, 1000)
  const rows = await db.many<{ hash: string }>(sql`select * from api_keys`)
  assert.doesNotMatch(JSON.stringify(rows), /inbox_[0-9A-Za-z]{32}/)
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`
  for (const { hash } of rows)
    assert.equal((await app.inject({ url, headers: { authorization: `Bearer ${hash}` } })).statusCode, 401)
  assert.equal(hashOf(secret).length, 64)
})

test('a revoked key and an expired one are told the same as none', async (t) => {
  const { db, inbox } = await startApp(t)
  const key = await inbox.as({ scope: 'api_user' })
  assert.equal((await key.get('/agents')).status, 200)
  await db.transaction((tx) => revoke(tx, key.keyId, new Date().toISOString()))
  assert.equal((await key.get('/agents')).status, 401)
  const expired = await inbox.as({ scope: 'api_user', expiresAt: new Date(Date.now() - 1000).toISOString() })
  const valid = await inbox.as({ scope: 'api_user', expiresAt: new Date(Date.now() + 60_000).toISOString() })
  const message = 'Invalid API key. Please double-check and try again.'
  assert.deepEqual([(await expired.get('/agents')).body.message, (await valid.get('/agents')).status], [message, 200])
})

test("a workspace that is not the key's is not found, whether it exists or not", async (t) => {
  const { ask, inbox, newInbox } = await startApp(t)
  const other = await newInbox()
  const secret = newSecret()
  assert.equal(
    (await ask('GET', `/v1/workspaces/${other.workspaceId}/support/inbox/agents`, { key: secret })).status,
    401,
  )
  const foreign = await inbox.get(`/../../../${other.workspaceId}/support/inbox/agents`)
  const missing = await inbox.get('/../../../wrk_none/support/inbox/agents')
  for (const { status, body } of [foreign, missing])
    assert.deepEqual([status, body.message], [404, 'Workspace not found.'])
})
