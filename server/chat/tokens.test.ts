import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { startChat } from '../../test/chat.ts'
import { sql } from '../db/sql.ts'
import { forgetEndedTokens } from './known.ts'

const day = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * day).toISOString()

test('a token expires 90 days after its last use', async (t) => {
  const started = await startApp(t)
  const { db } = started
  const { ask, visitor } = await startChat(started, started.inbox)
  const ann = await visitor()
  await ann.say('Hello')
  const usedAt = async () =>
    (await db.one<{ usedAt: string }>(sql`select used_at as "usedAt" from chat_visitors`))!.usedAt
  const setUsed = (days: number) => db.run(sql`update chat_visitors set used_at = ${daysAgo(days)}`)
  await setUsed(89)
  assert.deepEqual(await ann.texts(), ['Hello'])
  // noted beside the answer, and once a day
  while ((await usedAt()) < daysAgo(1)) await sleep(10)
  await setUsed(0.5)
  const noted = await usedAt()
  await ann.texts()
  await ann.say('Again')
  assert.equal(await usedAt(), noted)
  await setUsed(91)
  const { status, body } = await ask('GET', '/messages', { token: ann.token })
  assert.deepEqual([status, body.code], [401, 'invalid_visitor_token'])
  const next = await visitor({}, ann.token)
  assert.notEqual(next.token, ann.token)
  assert.deepEqual(await next.texts(), [])
})

test('a token of somebody who never wrote expires 90 days after it was made', async (t) => {
  const started = await startApp(t)
  const { ask, visitor } = await startChat(started, started.inbox)
  const { token } = await visitor()
  const status = async () => (await ask('GET', '/messages', { token })).status
  const now = Date.now()
  t.mock.method(Date, 'now', () => now + 89 * day)
  assert.equal(await status(), 200)
  t.mock.method(Date, 'now', () => now + 91 * day)
  assert.equal(await status(), 401)
})

test('a session that ends takes its token along, written or not', async (t) => {
  const started = await startApp(t)
  const { db } = started
  const { ask, visitor } = await startChat(started, started.inbox)
  for (const hasWritten of [true, false]) {
    const ann = await visitor()
    if (hasWritten) await ann.say('Hello')
    const end = () => ask('DELETE', '/session', { token: ann.token })
    assert.equal((await end()).status, 204)
    assert.equal((await end()).status, 401)
    assert.equal((await ask('GET', '/messages', { token: ann.token })).status, 401)
    assert.equal((await ann.say('Still me?')).status, 401)
    assert.notEqual((await visitor({}, ann.token)).token, ann.token)
  }
  const kept = async () => (await db.one<{ n: number }>(sql`select count(*) as n from ended_chat_tokens`))!.n
  await forgetEndedTokens(db)
  assert.equal(await kept(), 1)
  await db.run(sql`update ended_chat_tokens set ended_at = ${daysAgo(91)}`)
  await forgetEndedTokens(db)
  assert.equal(await kept(), 0)
})

test('one address cannot end sessions without number', async (t) => {
  const started = await startApp(t)
  const { ask, visitor } = await startChat(started, started.inbox)
  const end = async () => {
    const { token } = await visitor()
    return (await ask('DELETE', '/session', { token, from: '203.0.113.7' })).status
  }
  const statuses = await Promise.all(Array.from({ length: 60 }, end))
  assert.ok(statuses.includes(429) && statuses.includes(204))
})

test('the session goes on under its token for as long as nothing changes', async (t) => {
  const started = await startApp(t)
  const { visitor, sign } = await startChat(started, started.inbox)
  for (const identity of [{}, { email: 'jane@example.com', signature: sign('jane@example.com') }]) {
    const first = await visitor(identity)
    assert.equal((await visitor(identity, first.token)).token, first.token)
    await first.say('Hello')
    const { token, texts } = await visitor(identity, first.token)
    assert.equal(token, first.token)
    assert.deepEqual(await texts(), ['Hello'])
  }
})

test('a token from before tokens could end is good until its visitor is verified', async (t) => {
  const started = await startApp(t)
  const { db } = started
  const { channel, ask, visitor, sign } = await startChat(started, started.inbox)
  const ann = await visitor()
  await ann.say('Hello')
  const [id = ''] = ann.token.split('.')
  const { secret } = (await db.one<{ secret: string }>(sql`select secret from channels where id = ${channel.id}`))!
  const key = createHmac('sha256', secret).update('visitor token').digest()
  const old = (visitorId: string) =>
    `${visitorId}.${createHmac('sha256', key).update(`${channel.id} ${visitorId}`).digest('base64url')}`
  const read = (token: string) => ask('GET', '/messages', { token })
  assert.equal((await read(old(id))).body.messages.items[0].text, 'Hello')
  const jane = await visitor({ email: 'jane@example.com', signature: sign('jane@example.com') }, old(id))
  assert.deepEqual(await jane.texts(), ['Hello'])
  assert.equal((await read(old(id))).status, 401)
  // nothing is stored of this one, so nothing is lost
  assert.equal((await read(old('x'.repeat(24)))).status, 401)
})
