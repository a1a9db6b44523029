import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from '../../test/agents.ts'
import { startApp } from '../../test/app.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { sql } from '../db/sql.ts'
import { forgetOldEvents } from './forget.ts'
import { newestPosition } from './queries.ts'

interface Seen {
  event: string
  id?: string
  data: any
}

const setUp = async (t: TestContext) => {
  const started = await startApp(t)
  await started.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = started.app.server.address() as AddressInfo

  /** Follows as a page does; `until` waits for an event that is so. */
  const follow = async (
    session: string,
    { lastId, workspaceId = started.inbox.workspaceId }: { lastId?: string; workspaceId?: string } = {},
  ) => {
    const ending = new AbortController()
    t.after(() => ending.abort())
    const url = `http://127.0.0.1:${port}/v1/workspaces/${workspaceId}/support/inbox/events`
    const answer = await fetch(url, {
      signal: ending.signal,
      headers: { cookie: `session=${session}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
    })
    const seen: Seen[] = []
    const state = { hasEnded: false, lastId: '' }
    void (async () => {
      let text = ''
      for await (const bytes of answer.body!) {
        text += Buffer.from(bytes).toString()
        const blocks = text.split('\n\n')
        text = blocks.pop()!
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
          state.lastId = field('id') ?? state.lastId
          if (field('data'))
            seen.push({
              event: field('event')!,
              data: JSON.parse(field('data')!),
              ...(field('id') ? { id: field('id')! } : {}),
            })
        }
      }
      state.hasEnded = true
    })().catch(() => (state.hasEnded = true))
    const wait = async (isSo: () => unknown) => {
      for (const end = Date.now() + 20_000; !isSo(); await sleep(10)) assert.ok(Date.now() < end, JSON.stringify(seen))
    }
    return {
      status: answer.status,
      seen,
      state,
      until: (isSo: (one: Seen) => unknown) => wait(() => seen.some(isSo)),
      begun: () => wait(() => state.lastId !== ''),
      ended: () => wait(() => state.hasEnded),
      leave: () => ending.abort(),
    }
  }
  return { ...started, follow }
}

/** On PostgreSQL what happened is not told while a transaction of somebody else, of another test perhaps, is older. */
const untilTold = async ({ db, inbox }: Awaited<ReturnType<typeof setUp>>) => {
  const { newest } = (await db.one<{ newest: number }>(sql`select max(seq) as newest from events`))!
  while ((await newestPosition(db, inbox.workspaceId)).seq < newest) await sleep(10)
}

test('what changes is told within a second, in order, and to nobody of another workspace', async (t) => {
  const started = await setUp(t)
  const { inbox, follow, newInbox } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const other = await newInbox()
  const eve = await join(started, other, { name: 'Eve' })
  const [stream, theirs] = [await follow(ada.session), await follow(eve.session, { workspaceId: other.workspaceId })]
  assert.equal((await follow(eve.session)).status, 404)
  await stream.begun()
  await theirs.begun()
  const begin = performance.now()
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const message = await customerWrites(inbox, id, 'Hello')
  await stream.until(({ data }) => data.messageId === message.id)
  t.diagnostic(`told ${Math.round(performance.now() - begin)} ms after it began`)
  const kinds = stream.seen.map(({ data }) => data.kind)
  assert.ok(kinds.indexOf('CONVERSATION_CREATED') < kinds.lastIndexOf('MESSAGE_CREATED'))
  assert.ok(stream.seen.every(({ event, id }) => event === 'change' && /^[\w-]{22}$/.test(id!)))
  await makeConversation(other, { email: 'theirs@example.com' })
  await theirs.until(({ data }) => data.kind === 'MESSAGE_CREATED')
  assert.ok(!theirs.seen.some(({ data }) => data.conversationId === id))
})

test('who was away is told what was missed, or to load everything anew', async (t) => {
  const started = await setUp(t)
  const { db, inbox, follow } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  await untilTold(started)
  const first = await follow(ada.session)
  // before anything was told there is a place to go on from
  await first.begun()
  first.leave()
  const missed = [await customerWrites(inbox, id, 'One'), await customerWrites(inbox, id, 'Two')]
  const again = await follow(ada.session, { lastId: first.state.lastId })
  await again.until(({ data }) => data.messageId === missed[1].id)
  assert.deepEqual(
    again.seen.filter(({ data }) => data.kind === 'MESSAGE_CREATED').map(({ data }) => data.messageId),
    missed.map((message) => message.id),
  )
  await db.run(sql`update events set created_at = '2020-01-01T00:00:00.000Z'`)
  await forgetOldEvents(db)
  for (const lastId of [again.state.lastId, '4711', '99999999999999999999', 'nonsense']) {
    const late = await follow(ada.session, { lastId })
    await late.until(({ event }) => event === 'reload')
    const message = await customerWrites(inbox, id, 'Three')
    await late.until(({ data }) => data.messageId === message.id)
  }
})

test('whoever was shut out is told nothing more', async (t) => {
  const started = await setUp(t)
  const { inbox, follow } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const stream = await follow(ada.session)
  await stream.begun()
  await inbox.patch(`/agents/${ada.id}`, { status: 'DISABLED' })
  await makeConversation(inbox, { email: 'jane@example.com' })
  await stream.ended()
  assert.deepEqual(stream.seen, [])
})

test('agents see who looks at a conversation and who writes, until they go or are silent', async (t) => {
  const started = await setUp(t)
  const { db, inbox, follow } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const ben = await join(started, inbox, { name: 'Ben' })
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  await untilTold(started)
  const is = (agents: [name: string, state: string][]) => (one: Seen) =>
    one.event === 'presence' &&
    one.data.conversationId === id &&
    JSON.stringify(one.data.agents.map(({ name, state }: any) => [name, state])) === JSON.stringify(agents)
  const put = (agent: typeof ada, state: string) => agent.put(`/conversations/${id}/presence`, { state })
  assert.equal((await put(ada, 'VIEWING')).status, 204)
  // who comes later is told as well
  const stream = await follow(ben.session)
  await stream.until(is([['Ada', 'VIEWING']]))
  await put(ben, 'WRITING')
  await stream.until(
    is([
      ['Ada', 'VIEWING'],
      ['Ben', 'WRITING'],
    ]),
  )
  await put(ada, 'GONE')
  await stream.until(is([['Ben', 'WRITING']]))
  await db.run(sql`update presence set seen_at = '2020-01-01T00:00:00.000Z'`)
  await stream.until(is([]))
  assert.ok(stream.seen.every(({ id }) => id === undefined))
  assert.equal((await inbox.put(`/conversations/${id}/presence`, { state: 'VIEWING' })).status, 403)
  assert.equal((await ada.put('/conversations/thd_none/presence', { state: 'VIEWING' })).status, 404)
})
