import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import type { Db } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { claim, enqueue } from './queries.ts'
import { doJobs, GiveUp, NotYet, type Worker } from './work.ts'

const start = (t: TestContext, db: Db, worker: Partial<Worker>) => {
  const lines: Record<string, unknown>[] = []
  const whole: Worker = {
    queueOf: async () => '',
    run: async () => async () => {},
    waits: [1, 1],
    giveUp: () => async () => {},
    ...worker,
  }
  const jobs = doJobs({ db, log: (_, fields) => void lines.push(fields), workers: { test: whole } })
  t.after(jobs.close)
  return { lines, close: jobs.close }
}

const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await sleep(20)
}

const jobsIn = async (db: Db) => (await db.one<{ n: number }>(sql`select count(*) as n from jobs`))!.n

test('a job is done after its transaction has committed, and never when that was rolled back', async (t) => {
  const { db, inbox } = await startApp(t)
  const done: string[] = []
  start(t, db, {
    run:
      async ({ subjectId }) =>
      async () =>
        void done.push(subjectId),
  })
  await db
    .transaction(async (tx) => {
      await enqueue(tx, inbox.workspaceId, { kind: 'test', subjectId: 'rolled back' })
      throw new Error('no')
    })
    .catch(() => {})
  await db.transaction((tx) => enqueue(tx, inbox.workspaceId, { kind: 'test', subjectId: 'committed' }))
  await until(() => done.length > 0)
  assert.deepEqual(done, ['committed'])
  await until(async () => (await jobsIn(db)) === 0)
})

test('each job is done by one of several, however many look for it', async (t) => {
  const { db, inbox } = await startApp(t)
  const done: string[] = []
  for (let i = 0; i < 40; i++) await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: String(i) })
  for (let i = 0; i < 3; i++)
    start(t, db, {
      run: async ({ subjectId }) => {
        await sleep(5)
        done.push(subjectId)
        return async () => {}
      },
    })
  await until(async () => (await jobsIn(db)) === 0)
  assert.deepEqual(
    done.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 40 }, (_, i) => String(i)),
  )
})

test('a job that fails is tried again after its waits, then given up with the last reason', async (t) => {
  const { db, inbox } = await startApp(t)
  let tries = 0
  let reason = ''
  const { lines } = start(t, db, {
    run: async () => {
      throw new Error(`failure ${(tries += 1)}`)
    },
    giveUp: (_, why) => async () => void (reason = why),
  })
  await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: 'x' })
  await until(() => reason !== '')
  assert.deepEqual([tries, reason], [3, 'failure 3'])
  assert.deepEqual(
    lines.map(({ failures, givenUp, error }) => [failures, givenUp, String(error).split('\n')[0]]),
    [
      [1, false, 'Error: failure 1'],
      [2, false, 'Error: failure 2'],
      [3, true, 'Error: failure 3'],
    ],
  )
  await until(async () => (await jobsIn(db)) === 0)
})

test('what cannot succeed is given up at once; what is not set up waits without being counted', async (t) => {
  const { db, inbox } = await startApp(t)
  let given = ''
  start(t, db, {
    run: async ({ subjectId }) => {
      throw subjectId === 'never' ? new GiveUp('the address does not exist') : new NotYet('there is no SMTP_URL')
    },
    giveUp:
      ({ subjectId }, reason) =>
      async () =>
        void (given += `${subjectId}: ${reason}`),
  })
  await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: 'never' })
  await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: 'later' })
  const waiting = () =>
    db.one<{ failures: number; error: string | null }>(
      sql`select failures, last_error as error from jobs where subject_id = 'later'`,
    )
  await until(async () => given !== '' && (await waiting())?.error != null)
  assert.equal(given, 'never: the address does not exist')
  assert.deepEqual({ ...(await waiting()) }, { failures: 0, error: 'there is no SMTP_URL' })
})

test('a job whose process was killed is taken again when its lease has ended, and not before', async (t) => {
  const { db, inbox } = await startApp(t)
  await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: 'x' })
  // a process that then was killed
  const taken = await claim(db, { queue: '', after: '', lease: 1500 })
  assert.equal(taken!.tries, 1)
  const begin = performance.now()
  let tries = 0
  start(t, db, { run: async (job) => async () => void (tries = job.tries) })
  await until(() => tries > 0)
  assert.equal(tries, 2)
  assert.ok(performance.now() - begin > 1200)
})

test('a job that another process has taken since ends once', async (t) => {
  const { db, inbox } = await startApp(t)
  const ended: string[] = []
  start(t, db, {
    run: async ({ id, subjectId }) => {
      // the lease was over, and another one did it, or is at it
      if (subjectId === 'done') await db.run(sql`delete from jobs where id = ${id}`)
      else await db.run(sql`update jobs set tries = tries + 1, due_at = '2099' where id = ${id}`)
      if (subjectId === 'never') throw new GiveUp('no')
      return async () => void ended.push(subjectId)
    },
    giveUp:
      ({ subjectId }) =>
      async () =>
        void ended.push(subjectId),
  })
  for (const subjectId of ['done', 'never', 'sent']) await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId })
  await until(async () => (await jobsIn(db)) === 1)
  assert.deepEqual(ended, ['sent'])
  // whoever has it now tells how it ends
  const left = await db.many<{ subjectId: string }>(sql`select subject_id as "subjectId" from jobs`)
  assert.deepEqual(
    left.map(({ subjectId }) => subjectId),
    ['never'],
  )
})

test('closing waits for what is being done and leaves the rest', async (t) => {
  const { db, inbox } = await startApp(t)
  const done: string[] = []
  let begun = 0
  const { close } = start(t, db, {
    run: async ({ subjectId }) => {
      begun += 1
      await sleep(200)
      return async () => void done.push(subjectId)
    },
  })
  for (let i = 0; i < 9; i++) await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: String(i) })
  await until(() => begun > 0)
  await close()
  assert.equal(done.length, begun)
  assert.equal(await jobsIn(db), 9 - begun)
  assert.ok(begun < 9)
})
