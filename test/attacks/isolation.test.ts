import assert from 'node:assert/strict'
import test from 'node:test'
import { findOrCreateAgent } from '../../server/agents/queries.ts'
import { newId } from '../../server/db/id.ts'
import { sql } from '../../server/db/sql.ts'
import { revoke } from '../../server/keys/queries.ts'
import { hashOf, newSecret } from '../../server/keys/secret.ts'
import { endSessionOf, insertSession } from '../../server/sessions/queries.ts'
import { type Answer, startApp } from '../app.ts'
import { mail } from '../make.ts'
import { callsOf, calls, inInbox, keyOf, requestOf, rightfulOf, rowOf, send } from './calls.ts'
import { collectRoutes, type Route } from './routes.ts'
import { contentOf, type Ids, makeWorld, missing, type Started } from './world.ts'

// Every route × every caller who must not × every id that is not the caller's own.

const routes = collectRoutes()
const ours = 'ourword'
const theirs = 'theirword'

const anyIds: Ids = { workspaceId: newId('wrk'), ...missing() }
const malformed = [
  '%',
  '..',
  '%2e%2e',
  "' or 1=1 --",
  'a\0b',
  '\r\nX: y',
  '__proto__',
  'ctc_',
  '𝄞',
  '-1',
  'x'.repeat(200),
]

/** Two workspaces: what belongs to the victim must stay as it is and must not be seen by the stranger. */
const setUp = async (started: Started) => {
  const victim = await makeWorld(started, theirs)
  const revoked = await victim.inbox.as({ scope: 'api_user' })
  await revoke(started.db, victim.ids.workspaceId, { id: revoked.keyId, at: new Date().toISOString() })
  const expired = await victim.inbox.as({ scope: 'api_user', expiresAt: new Date(Date.now() - 1).toISOString() })
  const valid = await victim.inbox.as({ scope: 'api_user' })
  const sessions = await deadSessions(started, victim.ids)
  const { inbox, ids: own, erased } = await makeWorld(started, ours)
  const stranger = await inbox.as({ scope: 'api_user' })
  const before = await contentOf(started.db, victim.ids.workspaceId)
  return {
    victim,
    invalid: [undefined, '', 'x', newSecret(), hashOf(valid.secret), revoked.secret, expired.secret, ...sessions],
    strangers: [stranger.secret, { session: own.sessionToken }],
    own,
    erased,
    stranger,
    unchanged: async () => assert.deepEqual(await contentOf(started.db, victim.ids.workspaceId), before),
  }
}

/** Sessions of the victim's that ended, are too old, or are of somebody who is disabled. */
const deadSessions = async ({ db }: Started, { workspaceId }: Ids) => {
  const open = async (name: string) =>
    db.transaction(async (tx) => {
      const { id: agentId } = await findOrCreateAgent(tx, workspaceId, name)
      const session = await insertSession(tx, { workspaceId, agentId, userAgent: name })
      return { session, agentId }
    })
  const [ended, old, disabled] = [await open('Ended'), await open('Old'), await open('Disabled')]
  await endSessionOf(db, ended.session)
  await db.run(sql`update sessions set expires_at = created_at where agent_id = ${old.agentId}`)
  // as if the row had been left behind
  await db.run(sql`update agents set status = 'DISABLED' where id = ${disabled.agentId}`)
  return [ended, old, disabled].map(({ session }) => ({ session }))
}

/** What a client can tell of an answer: all but the request's own id. */
const tellOf = ({ status, text, headers }: Answer): string =>
  `${status} ${String(headers['content-type'])} ${text.replace(/"requestId":"req_\w+"/, '')}`

/** The names of the ids that a request is made of. */
const usedIn = (route: Route, at: number, ids: Ids): (keyof Ids)[] => {
  const textOf = (given: Ids) => JSON.stringify(requestOf(route, callsOf(route, given)[at]!, given))
  return (Object.keys(ids) as (keyof Ids)[]).filter((name) => textOf({ ...ids, [name]: 'other' }) !== textOf(ids))
}

test('every route has its row, which says every field that it takes, and every row has its route', async (t) => {
  await startApp(t)
  assert.deepEqual([...new Set(routes.map(rowOf))].toSorted(), Object.keys(calls).toSorted())
  for (const route of routes) {
    const given = callsOf(route, anyIds)
    for (const place of ['query', 'body'] as const) {
      const { properties = {} } = route.schema[place === 'query' ? 'querystring' : 'body'] ?? {}
      const said = new Set(given.flatMap((call) => Object.keys(call[place] ?? {})))
      // cursors have a test of their own, which takes every list that has them
      const unsaid = Object.keys(properties).filter((name) => name !== 'cursor' && !said.has(name))
      assert.deepEqual(unsaid, [], `${route.name}: its row names these fields of the ${place}`)
    }
  }
})

test('without a valid key of the workspace every answer is the same, whatever is in it', async (t) => {
  const started = await startApp(t)
  const { victim, invalid, strangers, unchanged } = await setUp(started)
  const { workspaceId } = victim.ids
  const wanted: Ids[] = [
    victim.ids,
    { ...victim.ids, ...victim.erased },
    { ...anyIds, workspaceId },
    { ...victim.ids, workspaceId: newId('wrk') },
    { ...victim.ids, workspaceId: 'a\0b' },
  ]
  for (const route of routes.filter(inInbox)) {
    const told = new Set<string>()
    for (const ids of wanted)
      for (const call of callsOf(route, ids)) {
        for (const by of invalid) {
          const answer = await send(started, requestOf(route, call, ids), by)
          assert.equal(answer.status, 401, `${route.name} with ${JSON.stringify(by)}`)
          told.add(tellOf(answer))
        }
        for (const by of strangers) {
          const answer = await send(started, requestOf(route, call, ids), by)
          assert.equal(answer.status, 404, route.name)
          if (route.method !== 'HEAD') assert.equal(answer.body.message, 'Workspace not found.')
          told.add(tellOf(answer))
        }
      }
    assert.equal(told.size, 2, `${route.name}: ${[...told].join('\n')}`)
  }
  await unchanged()
})

test('an id of another workspace, or of what was erased, is an id of nothing, wherever it stands', async (t) => {
  const started = await startApp(t)
  const { victim, own, erased, stranger, unchanged } = await setUp(started)
  const nothing: Ids = anyIds
  const before = await contentOf(started.db, own.workspaceId)
  let compared = 0
  for (const route of routes.filter(inInbox))
    for (const [at, name] of callsOf(route, own).flatMap((_, at) =>
      usedIn(route, at, own).map((name) => [at, name] as const),
    )) {
      const by = rightfulOf(callsOf(route, own)[at]!, own, stranger.secret)
      const askWith = async (ids: Ids) => send(started, requestOf(route, callsOf(route, ids)[at]!, ids), by)
      const isInPath = route.url.includes(`:${name}`)
      const answer = await askWith({ ...own, [name]: nothing[name] })
      assert.equal(
        answer.status,
        isInPath || (route.method !== 'GET' && route.method !== 'HEAD') ? 404 : 200,
        `${route.name}, ${name}`,
      )
      for (const id of [victim.ids[name], erased[name]]) {
        if (id === undefined || id === own[name]) continue
        const found = await askWith({ ...own, [name]: id })
        assert.equal(tellOf(found), tellOf(answer), `${route.name}, ${name}`)
        compared += 1
      }
      for (const id of malformed) {
        const { status, text } = await askWith({ ...own, [name]: id })
        assert.ok(
          isInPath ? [400, 404].includes(status) : status < 500,
          `${route.name}, ${name} ${id}: ${status} ${text}`,
        )
        assert.doesNotMatch(text, new RegExp(theirs))
      }
    }
  assert.ok(compared > 40)
  assert.deepEqual(await contentOf(started.db, own.workspaceId), before)
  await unchanged()
})

test('every call does what it says for whom it is meant, and shows and changes nothing of another workspace', async (t) => {
  const started = await startApp(t)
  const { unchanged } = await setUp(started)
  const readers = await makeWorld(started, ours)
  for (const route of routes)
    for (const [at, call] of callsOf(route, anyIds).entries())
      for (const scope of call.isSession || call.isPublic ? (['user'] as const) : (['user', 'api_user'] as const)) {
        const { status, scopes = ['user', 'api_user'], isPublic } = call
        const isRead = route.method === 'GET' || route.method === 'HEAD'
        const { inbox, ids } = isRead ? readers : await makeWorld(started, ours)
        const { secret } = await inbox.as({ scope, ...(scope === 'user' ? { agent: 'Cleo' } : {}) })
        const answer = await send(started, requestOf(route, callsOf(route, ids)[at]!, ids), keyOf(call, ids, secret))
        assert.equal(answer.status, scopes.includes(scope) ? status : 403, `${route.name}: ${answer.text}`)
        assert.doesNotMatch(answer.text, new RegExp(theirs))
        if (isRead && !isPublic && !call.isOfNumbers && route.method === 'GET' && answer.status === 200)
          assert.match(answer.text, new RegExp(ours), route.name)
      }
  await unchanged()
})

test('a key of the scope mail delivers mail and may do nothing else', async (t) => {
  const started = await startApp(t)
  const { inbox, ids } = await makeWorld(started, ours)
  const { secret } = await inbox.as({ scope: 'mail' })
  const before = await contentOf(started.db, ids.workspaceId)
  const told = new Set<string>()
  for (const route of routes.filter(inInbox))
    for (const call of callsOf(route, ids)) {
      if (call.scopes?.includes('mail')) continue
      const answer = await send(started, requestOf(route, call, ids), secret)
      assert.equal(answer.status, 403, `${route.name}: ${answer.text}`)
      if (answer.body) told.add(answer.body.message)
    }
  assert.ok(told.size > 0)
  for (const sentence of told) assert.match(sentence, /^This API key has the scope mail; this needs [a-z_ ]+\.$/)
  assert.deepEqual(await contentOf(started.db, ids.workspaceId), before)
  const raw = mail({ From: 'New <new@example.com>', 'Message-ID': '<of-mail@example.com>' })
  const deliver = () =>
    started.ask('POST', `/v1/workspaces/${ids.workspaceId}/support/inbox/channels/${ids.channelId}/mail`, {
      key: secret,
      body: raw,
      headers: { 'content-type': 'message/rfc822' },
    })
  const [first, again] = [await deliver(), await deliver()]
  assert.deepEqual([first.status, again.status, again.text], [201, 200, first.text])
  assert.deepEqual(Object.keys(first.body.message), ['id'])
})
