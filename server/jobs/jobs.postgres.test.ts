import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startApp } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { clientOf, startServer } from '../../test/process.ts'
import { startWorldsServer } from '../../test/smtp.ts'
import { createChannel } from '../channels/change.ts'
import { firstEmailChannel } from '../channels/queries.ts'
import { sql } from '../db/sql.ts'
import { enqueue } from './queries.ts'
import { doJobs, NotYet } from './work.ts'

const clock = join(import.meta.dirname, '../../test/ten-minutes-ahead.ts')

test('what is not committed yet when a job looks for it wakes the job', async (t) => {
  const { db, inbox } = await startApp(t)
  const looked = Promise.withResolvers<void>()
  const setting = Promise.withResolvers<void>()
  const { close } = doJobs({
    db,
    log: () => {},
    workers: {
      test: {
        queueOf: async (of, { workspaceId }) => ((await firstEmailChannel(of, workspaceId)) ? 'all' : ''),
        run: async ({ queue }) => {
          if (queue !== '') return async () => {}
          looked.resolve()
          await setting.promise
          throw new NotYet('there is no channel')
        },
        waits: [],
        giveUp: () => async () => {},
      },
    },
  })
  t.after(close)
  await enqueue(db, inbox.workspaceId, { kind: 'test', subjectId: 'x' })
  await looked.promise
  await db.transaction(async (tx) => {
    await createChannel(tx, inbox.workspaceId, { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
    setting.resolve()
    await sleep(500)
  })
  while (await db.one(sql`select id from jobs`)) await sleep(20)
})

test('leases last as long where a process has another clock, and no mail is sent twice', async (t) => {
  let hold: Promise<void> | undefined
  const world = await startWorldsServer({ onTaken: async () => hold ?? sleep(300) })
  const { url, drop } = await freshDatabase()
  const stops: (() => Promise<unknown>)[] = []
  const dataDir = await freshFolder(t, async () => {
    await Promise.all(stops.map((stop) => stop()))
    await world.close()
    await drop()
  })
  const start = async (env: Record<string, string> = {}) => {
    const server = await startServer(t, { DATA_DIR: dataDir, DATABASE_URL: url, SMTP_URL: world.url, ...env })
    stops.push(() => server.stop('SIGKILL'))
    return server
  }
  const first = await start()
  const ahead = await start({ NODE_OPTIONS: `--import=${clock}` })
  const ask = clientOf(first)
  const askAhead = clientOf({ ...first, address: ahead.address })
  await ask('POST', '/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  const write = (client: typeof ask, name: string) =>
    client('POST', '/conversations', { email: `${name}@example.org`, subject: 'x', contentText: 'x' })
  const took = async (count: number) => {
    const begin = performance.now()
    while (world.taken.length < count) await sleep(20)
    return (performance.now() - begin) / 1000
  }
  for (let i = 0; i < 6; i++) {
    await write(ask, `first${i}`)
    const { body } = await write(askAhead, `ahead${i}`)
    const { contact } = (await ask('GET', `/contacts/${body.contact.id}`)).body
    const shift = Date.parse(contact.createdAt) - Date.now()
    assert.ok(shift > 500_000, `${shift} ms ahead`)
  }
  // nor do those wait that the process of the future took in
  assert.ok((await took(12)) < 60)
  await sleep(1000)
  assert.equal(new Set(world.taken.map(({ mailId }) => mailId)).size, 12)
  assert.equal(world.taken.length, 12)

  await first.stop('SIGTERM')
  hold = new Promise(() => {})
  await write(askAhead, 'held')
  await took(13)
  await ahead.stop('SIGKILL')
  hold = undefined
  await start()
  const seconds = await took(14)
  t.diagnostic(`the lease of a killed process lasted ${seconds.toFixed(1)} s more`)
  assert.ok(seconds > 5 && seconds < 40, String(seconds))
})
