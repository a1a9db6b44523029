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
  await revoke(db, key.workspaceId, { id: key.keyId, at: new Date().toISOString() })
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

test('keys are made, listed and revoked by the API, and the secret is shown once', async (t) => {
  const { ask, inbox, newInbox } = await startApp(t)
  await inbox.as({ scope: 'user', agent: 'Ada' })
  const [ada] = (await inbox.get('/agents')).body.agents.items
  const made = await inbox.post('/keys', {
    name: 'crm',
    scope: 'user',
    agentId: ada.id,
    expiresAt: '2099-01-01T00:00:00+01:00',
  })
  assert.equal(made.status, 201, made.text)
  const { key, secret } = made.body
  assert.deepEqual(
    [key.name, key.scope, key.agentId, key.expiresAt],
    ['crm', 'user', ada.id, '2098-12-31T23:00:00.000Z'],
  )
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`
  assert.equal((await ask('GET', url, { key: secret })).status, 200)
  const listed = await inbox.get('/keys')
  assert.ok(listed.body.keys.items.some(({ id }: any) => id === key.id))
  assert.ok(!listed.text.includes(secret))
  for (const [body, sentence] of [
    [{ name: 'x', scope: 'user' }, /^agentId goes with the scope user/],
    [{ name: 'x', scope: 'api_user', agentId: ada.id }, /^agentId goes with the scope user/],
    [{ name: 'x', scope: 'user', agentId: 'agt_none' }, /^Agent not found/],
    [{ name: 'x', scope: 'api_user', expiresAt: '2001-01-01T00:00:00Z' }, /^expiresAt must be in the future/],
    [{ name: 'x', scope: 'api_user', expiresAt: 'soon' }, /^expiresAt must be a time such as/],
  ] as const)
    assert.match((await inbox.post('/keys', body)).body.message, sentence)
  assert.equal((await (await newInbox()).delete(`/keys/${key.id}`)).body.code, 'key_not_found')
  assert.equal((await inbox.delete(`/keys/${key.id}`)).status, 204)
  assert.equal((await ask('GET', url, { key: secret })).status, 401)
  assert.equal((await inbox.delete(`/keys/${key.id}`)).status, 404)
})
