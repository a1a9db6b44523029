import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'

test('a key is told where it may do what', async (t) => {
  const { inbox, ask } = await startApp(t, { env: { RATE_LIMIT: '100' } })
  const operations: Record<string, string[]> = {}
  for (const scope of ['user', 'api_user', 'mail'] as const) {
    const { secret, keyId } = await inbox.as({ scope, ...(scope === 'user' ? { agent: 'Ada' } : {}) })
    const { status, body, headers } = await ask('GET', '/v1/me', { key: secret })
    assert.equal(status, 200)
    assert.ok(headers['ratelimit'])
    const { me } = body
    assert.deepEqual(
      [me.id, me.kind, me.scopes, me.workspace.id, me.agent?.name ?? null, me.expiresAt],
      [keyId, 'KEY', [scope], inbox.workspaceId, scope === 'user' ? 'Ada' : null, null],
    )
    assert.equal((await ask('GET', `${me.inbox}/agents`, { key: secret })).status, scope === 'mail' ? 403 : 200)
    operations[scope] = me.operations
  }
  assert.deepEqual(operations['mail'], ['getMe', 'deliverMail'])
  assert.ok(operations['api_user']!.includes('createKey') && !operations['user']!.includes('createKey'))
  assert.ok(operations['user']!.includes('setPresence') && !operations['api_user']!.includes('setPresence'))
})

test('who asks without a valid key is told nothing', async (t) => {
  const { ask } = await startApp(t)
  for (const key of [undefined, 'inbox_none'])
    assert.equal((await ask('GET', '/v1/me', key === undefined ? {} : { key })).status, 401)
})
