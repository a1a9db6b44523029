import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from '../../bench/generate.ts'
import { readConfig } from '../../server/config.ts'
import { openDatabase } from '../../server/db/open.ts'
import { createKey } from '../../server/keys/create.ts'
import { freshFolder } from '../app.ts'
import { clientOf, startServer } from '../process.ts'
import { atRate } from './at-rate.ts'
import { quantile } from './load.ts'
import { startOthers } from './others.ts'

// F41: contacts are erased without end, in a small and in a larger database, and everybody else hardly notices.

const perSecond = 5
const seconds = 10
/** The bars are for a quiet machine; what is asserted leaves room for a busy one. */
const room = 4
const bars = { times: 1.5, lock: 20 }

/** How long the write lock was taken at a stretch, at most, in milliseconds, until `isOver`. */
const longestLock = async (file: string, isOver: () => boolean): Promise<number> => {
  const database = new DatabaseSync(file, { timeout: 0 })
  let [free, longest] = [performance.now(), 0]
  while (!isOver()) {
    try {
      database.exec('begin immediate; rollback')
      longest = Math.max(longest, performance.now() - free)
    } catch {
      await sleep(1)
      continue
    }
    await sleep(2)
    free = performance.now()
  }
  database.close()
  return longest
}

for (const messages of [500, Number(process.env['ERASING_MESSAGES'] ?? 50_000)])
  test(`${perSecond} erasures a second beside others, ${messages} messages`, async (t) => {
    const DATA_DIR = await freshFolder(t)
    const db = await openDatabase(readConfig({ DATA_DIR }), { role: 'command', onFatal: assert.fail })
    const made = await generate(db, { messages, contacts: Math.max(300, messages / 10), workspaces: 1, seed: 1 })
    const { workspaceId, secret } = made.key
    const other = await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))
    await db.close()
    const { address } = await startServer(t, { DATA_DIR })
    const ask = clientOf({ address, workspaceId, key: secret })
    const url = `${address}/v1/workspaces/${workspaceId}/support/inbox/customers`
    const othersWait = await startOthers(t, { url, key: other.secret, pause: 5 })
    const writes: number[] = []
    const writing = async (until: number) => {
      for (let i = 0; performance.now() < until; i++) {
        const { status, took } = await ask('POST', '/contacts', { email: `new${until}-${i}@example.com` })
        assert.equal(status, 201)
        writes.push(took)
        await sleep(20)
      }
      return quantile(writes.splice(0), 0.99)
    }
    const measure = async (during: (until: number) => Promise<unknown>) => {
      const until = performance.now() + seconds * 1000
      let written = 0
      const read = await othersWait(async () => {
        ;[written] = await Promise.all([writing(until), during(until)])
      })
      return { read, written }
    }
    await measure(async () => {})
    const alone = await measure(async () => {})
    const contacts: string[] = []
    const text = Array.from({ length: 20 }, (_, i) => `word${i}`).join(' ')
    for (let i = 0; i < perSecond * seconds * 2; i++) {
      const { body } = await ask('POST', '/conversations', {
        email: `gone${i}@example.com`,
        subject: 'Invoice',
        contentText: text,
      })
      contacts.push(body.contact.id)
    }
    const erase = async () => {
      const id = contacts.pop()
      if (id) assert.equal((await ask('DELETE', `/contacts/${id}`)).status, 204)
    }
    let rate = 0
    const beside = await measure(async (until) => {
      rate = await atRate(perSecond, () => performance.now() > until, erase)
    })
    const file = join(DATA_DIR, 'support-inbox.db')
    const end = performance.now() + seconds * 1000
    const [lock] = await Promise.all([
      longestLock(file, () => performance.now() > end),
      atRate(perSecond, () => performance.now() > end, erase),
    ])
    const size = statSync(file).size >> 20
    const report = { size, alone, beside, lock, rate }
    t.diagnostic(JSON.stringify(report))
    assert.ok(rate >= perSecond / room, JSON.stringify(report))
    for (const kind of ['read', 'written'] as const)
      assert.ok(beside[kind] <= alone[kind] * bars.times * room, JSON.stringify(report))
    assert.ok(lock <= bars.lock * room, JSON.stringify(report))
    let waiting = 1
    for (let tries = 0; waiting > 0 && tries < 600; tries++) {
      await sleep(200)
      const { items } = (await ask('GET', '/erasures?limit=100')).body.erasures
      waiting = items.filter(({ scrubbedAt }: any) => scrubbedAt === null).length
    }
    assert.equal(waiting, 0)
  })
