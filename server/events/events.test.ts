import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import type { Db } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { forgetOldEvents } from './forget.ts'
import { createLive } from './live.ts'
import type { Event } from './queries.ts'

const startLive = (t: TestContext, db: Db) => {
  const live = createLive(db)
  t.after(live.close)
  return live
}

/** Collects events until there are as many as are asked for. */
const collector = () => {
  const seen: Event[] = []
  let wake = () => {}
  return {
    seen,
    listen: (events: Event[]) => {
      seen.push(...events)
      wake()
    },
    until: async (count: number) => {
      while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve))
      return seen.map(({ kind }) => kind)
    },
  }
}

test('whoever follows a workspace hears of its changes in order, and of no other’s', async (t) => {
  const { inbox, newInbox, db } = await startApp(t)
  const live = startLive(t, db)
  const { seen, listen, until } = collector()
  await live.follow(inbox.workspaceId, listen)
  await makeConversation(await newInbox(), { email: 'bob@example.com' })
  const begin = performance.now()
  const { id, contactId, messageId } = await makeConversation(inbox, { email: 'jane@example.com' })
  await customerWrites(inbox, id, 'Thanks')
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Only for us', note: true })
  await inbox.put(`/conversations/${id}/status`, { status: 'CLOSED' })
  await inbox.patch(`/contacts/${contactId}`, { name: 'Jane Doe' })
  assert.deepEqual(await until(7), [
    'CONTACT_CREATED',
    'CONVERSATION_CREATED',
    'MESSAGE_CREATED',
    'MESSAGE_CREATED',
    'MESSAGE_CREATED',
    'CONVERSATION_CHANGED',
    'CONTACT_CHANGED',
  ])
  t.diagnostic(`all heard ${Math.round(performance.now() - begin)} ms after the first request`)
  const { kind, contactId: contact, conversationId, messageId: message } = seen[2]!
  assert.deepEqual([kind, contact, conversationId, message], ['MESSAGE_CREATED', contactId, id, messageId])
})

test('what was rolled back is never heard of', async (t) => {
  const { inbox, db } = await startApp(t)
  const live = startLive(t, db)
  const { listen, until } = collector()
  await live.follow(inbox.workspaceId, listen)
  assert.equal((await inbox.put('/conversations/thd_none/status', { status: 'OPEN' })).status, 404)
  await inbox.post('/contacts', { email: 'jane@example.com' })
  await inbox.post('/contacts', { email: 'jane@example.com' })
  await inbox.post('/contacts', { email: 'bob@example.com' })
  assert.deepEqual(await until(2), ['CONTACT_CREATED', 'CONTACT_CREATED'])
})

test('a follower that was away goes on after the last event that it has; one that is too late is told', async (t) => {
  const { inbox, db } = await startApp(t)
  const live = startLive(t, db)
  const first = collector()
  const { leave } = (await live.follow(inbox.workspaceId, first.listen))!
  await inbox.post('/contacts', { email: 'first@example.com' })
  await first.until(1)
  leave()
  for (let i = 0; i < 450; i += 25)
    await Promise.all(
      Array.from({ length: 25 }, (_, k) => inbox.post('/contacts', { email: `missed${i + k}@example.com` })),
    )
  const again = collector()
  await live.follow(inbox.workspaceId, again.listen, first.seen[0]!.seq)
  await again.until(450)
  assert.equal(first.seen.length, 1)
  assert.equal(new Set(again.seen.map(({ contactId }) => contactId)).size, 450)

  await forgetOldEvents(db, Date.now() + 25 * 3_600_000)
  assert.equal(await live.follow(inbox.workspaceId, again.listen, first.seen[0]!.seq), undefined)
  await inbox.post('/contacts', { email: 'later@example.com' })
  await again.until(451)
})

test('whoever joins while a read is under way misses nothing', async (t) => {
  const { inbox, db } = await startApp(t)
  const { promise: isReading, resolve: begun } = Promise.withResolvers<void>()
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>()
  let isHeld = false
  const slow: Db = {
    ...db,
    many: async (query) => {
      const rows = await db.many(query)
      if (isHeld) {
        begun()
        await mayGoOn
      }
      return rows as never
    },
  }
  const live = startLive(t, slow)
  const first = collector()
  const { leave } = (await live.follow(inbox.workspaceId, first.listen))!
  for (let i = 0; i < 4; i++) await inbox.post('/contacts', { email: `c${i}@example.com` })
  await first.until(4)
  isHeld = true
  await inbox.post('/contacts', { email: 'c4@example.com' })
  await isReading
  const second = collector()
  await live.follow(inbox.workspaceId, second.listen, first.seen[0]!.seq)
  goOn()
  await first.until(5)
  await second.until(4)
  assert.deepEqual(
    second.seen.map(({ seq }) => seq),
    first.seen.slice(1).map(({ seq }) => seq),
  )
  leave()
})

test('events are kept for a day', async (t) => {
  const { inbox, db } = await startApp(t)
  await inbox.post('/contacts', { email: 'jane@example.com' })
  const count = async () => (await db.one<{ n: number }>(sql`select count(*) as n from events`))!.n
  await forgetOldEvents(db, Date.now() + 23 * 3_600_000)
  assert.equal(await count(), 1)
  await forgetOldEvents(db, Date.now() + 25 * 3_600_000)
  assert.equal(await count(), 0)
})
