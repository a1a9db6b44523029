import assert from 'node:assert/strict'
import test from 'node:test'
import { type Answer, startApp } from './app.ts'
import { randomFrom } from './random.ts'
import { Known, nextMillisecond, plan } from './requests.ts'
import { isThorough } from './thorough.ts'

// The same requests, by chance but from a seed, to SQLite and to PostgreSQL: the same answers.

const requests = Number(process.env['DIFFERENTIAL_REQUESTS'] ?? (isThorough ? 100_000 : 5000))
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_123)

/** Without what is each database's own: ids, times, cursors. */
const plain = ({ status, body }: Answer): string =>
  `${status} ${JSON.stringify(body ?? null)
    .replace(/"(ctc|thd|msg|agt)_\w+/g, '"$1')
    .replace(/(ctc|thd|msg|agt|req)_[0-9A-Za-z]{20,24}/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/"(attempts|lastError|nextAttemptAt)":(\d+|null|"[^"]*")/g, '"$1":"…"')
    .replace(/"cursor":"[^"]+"/g, '"cursor":"…"')}`

test(
  `${requests} requests by chance are answered alike by both engines (seed ${seed})`,
  { timeout: 1_800_000 },
  async (t) => {
    const random = randomFrom(seed)
    const apps = [await startApp(t, { onSqlite: true }), await startApp(t)]
    const sides = apps.map(({ inbox }) => ({ inbox, known: new Known() }))
    for (const { inbox, known } of sides) {
      await inbox.as({ scope: 'user', agent: 'Ada' })
      known.learn((await inbox.get('/agents')).body)
    }
    const statuses = new Map<number, number>()
    for (let i = 0; i < requests; i++) {
      const { method, path, body } = plan(random)
      if (method !== 'get') nextMillisecond()
      const answers = await Promise.all(sides.map(({ inbox, known }) => inbox[method](path(known), body?.(known))))
      const [one, other] = answers.map(plain)
      assert.equal(
        other,
        one,
        `request ${i} of seed ${seed}: ${method} ${path(sides[0]!.known)} ${JSON.stringify(body?.(sides[0]!.known))}`,
      )
      for (const [n, { known }] of sides.entries()) known.learn(answers[n]!.body)
      statuses.set(answers[0]!.status, (statuses.get(answers[0]!.status) ?? 0) + 1)
    }
    for (const status of [200, 201, 204, 400, 404, 409])
      assert.ok((statuses.get(status) ?? 0) > 0, `${status} was never answered`)
    assert.equal(statuses.get(500), undefined)
  },
)
