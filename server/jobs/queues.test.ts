import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { createChannel } from '../channels/change.ts'
import { firstEmailChannel } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { enqueue, hurry } from './queries.ts'
import { doJobs, NotYet, PauseQueue, TryAgain, type Worker } from './work.ts'

const start = (t: TestContext, db: Db, worker: Partial<Worker>) => {
  const whole: Worker = {
    queueOf: async (_, { subjectId }) => subjectId.split('/')[0]!,
    run: async () => async () => {},
    waits: [3_600_000],
    giveUp: () => async () => {},
    ...worker,
  }
  const { close } = doJobs({ db, log: () => {}, workers: { test: whole } })
  t.after(close)
  return close
}

const add = (db: Db, workspaceId: string, subjectId: string) => enqueue(db, workspaceId, { kind: 'test', subjectId })

const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await sleep(20)
}

const channel = { kind: 'EMAIL', name: 'Help', email: 'help@example.com' } as const

test('a queue that is stuck holds up no other', async (t) => {
  const { db, inbox } = await startApp(t)
  const stuck = Promise.withResolvers<void>()
  const done: string[] = []
  start(t, db, {
    run: async ({ subjectId }) => {
      if (subjectId.startsWith('slow')) await stuck.promise
      return async () => void done.push(subjectId)
    },
  })
  for (const subject of ['slow/1', 'slow/2', 'quick/1', 'quick/2']) await add(db, inbox.workspaceId, subject)
  await until(() => done.length === 2)
  assert.deepEqual(done, ['quick/1', 'quick/2'])
  stuck.resolve()
  await until(() => done.length === 4)
})

test('in a queue workspaces take turns, however much one of them has waiting', async (t) => {
  const { db, inbox, newInbox } = await startApp(t)
  const others = [await newInbox(), await newInbox()]
  for (let i = 0; i < 60; i++) await add(db, inbox.workspaceId, `all/${i}`)
  for (const { workspaceId } of others) for (let i = 0; i < 3; i++) await add(db, workspaceId, `all/${i}`)
  const order: string[] = []
  start(t, db, {
    run:
      async ({ workspaceId }) =>
      async () =>
        void order.push(workspaceId),
  })
  await until(() => order.length === 66)
  for (const { workspaceId } of others) assert.ok(order.lastIndexOf(workspaceId) < 12, order.join(' '))
})

test('one owner’s queues, and all together, have so much room', async (t) => {
  const { db, inbox } = await startApp(t)
  let now = 0
  const released = Promise.withResolvers<void>()
  const done: string[] = []
  start(t, db, {
    run: async ({ subjectId }) => {
      now += 1
      if (subjectId.startsWith('greedy')) await released.promise
      return async () => void done.push(subjectId)
    },
  })
  const count = limits.queuesOfOwner * 3
  for (let i = 0; i < count; i++) await add(db, inbox.workspaceId, `greedy queue${i}/x`)
  await add(db, inbox.workspaceId, 'modest queue/x')
  await until(() => done.includes('modest queue/x'))
  assert.ok(now <= limits.queuesOfOwner + 1, String(now))
  released.resolve()
  await until(() => new Set(done).size === count + 1)
})

test('a pause of a queue charges nothing that was not tried, and ends', async (t) => {
  const { db, inbox } = await startApp(t)
  let isAway = true
  const tried: string[] = []
  start(t, db, {
    waits: [1],
    run: async ({ subjectId }) => {
      tried.push(subjectId)
      if (isAway) throw new PauseQueue(700, 'away', {})
      return async () => {}
    },
  })
  for (let i = 0; i < 20; i++) await add(db, inbox.workspaceId, `all/${i}`)
  await until(async () => (await db.one(sql`select queue from paused_queues`)) !== undefined)
  await sleep(500)
  const charged = await db.many<{ subjectId: string }>(
    sql`select subject_id as "subjectId" from jobs where failures > 0`,
  )
  assert.deepEqual(
    charged.map(({ subjectId }) => subjectId),
    tried.slice(0, 1),
  )
  isAway = false
  await until(async () => (await db.one(sql`select id from jobs`)) === undefined)
  assert.equal(new Set(tried).size, 20)
})

test('a job that fails again and again takes no turn from those that were not tried', async (t) => {
  // it is still being tried when the test is over, and must not be once the database is closed
  let close = async () => {}
  const { db, inbox } = await startApp(t, { beforeClose: () => close() })
  const done: string[] = []
  close = start(t, db, {
    waits: Array.from({ length: 50 }, () => 1),
    run: async ({ subjectId }) => {
      if (subjectId.endsWith('poison')) throw new TryAgain('dropped')
      return async () => void done.push(subjectId)
    },
  })
  for (const name of ['poison', '1', '2', '3', '4', '5', '6', '7', '8']) await add(db, inbox.workspaceId, `all/${name}`)
  await until(() => done.length >= 8)
  assert.deepEqual(
    done.toSorted(),
    ['1', '2', '3', '4', '5', '6', '7', '8'].map((name) => `all/${name}`),
  )
})

test('what was set up while a job looked for it wakes the job', async (t) => {
  const { db, inbox } = await startApp(t)
  const tried: string[] = []
  start(t, db, {
    queueOf: async (of, { workspaceId }) => ((await firstEmailChannel(of, workspaceId)) ? 'all' : ''),
    run: async ({ queue, workspaceId }) => {
      tried.push(queue)
      if (queue !== '') return async () => {}
      await db.transaction((tx) => createChannel(tx, workspaceId, channel))
      throw new NotYet('there is no channel')
    },
  })
  await add(db, inbox.workspaceId, 'x')
  await until(async () => (await db.one(sql`select id from jobs`)) === undefined)
  assert.deepEqual(tried, ['', 'all'])
})

test('a job looks for its queue anew after something was set up', async (t) => {
  const { db, inbox } = await startApp(t)
  let queue = 'broken'
  const done: string[] = []
  start(t, db, {
    queueOf: async () => queue,
    run: async (job) => {
      if (job.queue === 'broken') throw new PauseQueue(3_600_000, 'away', {})
      return async () => void done.push(job.subjectId)
    },
  })
  for (let i = 0; i < 5; i++) await add(db, inbox.workspaceId, String(i))
  await until(async () => (await db.one(sql`select queue from paused_queues`)) !== undefined)
  queue = 'mended'
  await db.transaction((tx) => hurry(tx, inbox.workspaceId))
  // the one that was tried waits for its time
  await until(() => done.length === 4)
})

test('what is being done when the server stops is cut off, and not charged', async (t) => {
  const { db, inbox } = await startApp(t)
  let hasBegun = false
  const close = start(t, db, {
    run: (_, signal) => {
      hasBegun = true
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new TryAgain('cut off'))))
    },
  })
  await add(db, inbox.workspaceId, 'all/x')
  await until(() => hasBegun)
  await close()
  const job = await db.one<object>(sql`select failures, last_error as error from jobs`)
  assert.deepEqual({ ...job }, { failures: 0, error: 'cut off' })
})
