import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freshFolder } from '../app.ts'
import { asNobody, freePort, startPostgres } from '../postgres.ts'
import { clientOf, command, startServer } from '../process.ts'

/** Installs it where this user may. */
const hasPgBouncer = (): boolean => {
  const isThere = () => spawnSync('pgbouncer', ['--version']).status === 0
  if (isThere()) return true
  if (process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-qq'])
    spawnSync('apt-get', ['install', '-y', '-qq', 'pgbouncer'])
  }
  return isThere()
}

/** PgBouncer in transaction mode, with fewer connections than its clients have. */
const startPooler = async (t: TestContext, folder: string, postgresPort: number) => {
  const port = await freePort()
  const settings = join(folder, 'pgbouncer.ini')
  writeFileSync(
    settings,
    `[databases]
postgres = host=127.0.0.1 port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  )
  execFileSync('chmod', ['-R', 'a+rX', folder])
  chmodSync(folder, 0o755)
  const child = spawn('pgbouncer', ['-q', settings], { ...asNobody(), stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  for (;;) {
    const client = new pg.Client(url)
    const isUp = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (isUp) return url
    await sleep(50)
  }
}

/** Two processes behind a pooler; undefined where there is none. */
const setUp = async (t: TestContext) => {
  if (!hasPgBouncer()) return t.skip('not run: PgBouncer is not installed (apt install pgbouncer)')
  const postgres = await startPostgres()
  const operator = new pg.Client(`${postgres.server}/postgres`)
  await operator.connect()
  const folder = await freshFolder(t, async () => {
    await operator.end()
    await postgres.stop()
  })
  const url = await startPooler(t, folder, postgres.port)
  const env = { DATABASE_URL: url, DATABASE_CONNECTION_TIMEOUT: '10000' }
  const first = await startServer(t, env)
  const second = await startServer(t, env)
  return { env, first, second, operator }
}

test('two processes and the commands work through a pooler in transaction mode, and a long statement is cut off there, too', async (t) => {
  const world = await setUp(t)
  if (!world) return
  const { env, first, second, operator } = world
  const ask = async ({ address }: { address: string }, path: string, body?: object) => {
    const answer = await fetch(`${address}/v1/workspaces/${first.workspaceId}/support/inbox${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${first.key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: answer.status, body: (await answer.json()) as any }
  }
  const statuses = await Promise.all(
    Array.from({ length: 400 }, async (_, i) => {
      const server = i % 2 ? first : second
      const { status } = await ask(server, '/contacts', { email: `c${i % 100}@example.com` })
      const found = await ask(server, `/search?q=c${i % 100}@example.com`)
      assert.equal(found.body.results.contacts[0].email, `c${i % 100}@example.com`)
      return status
    }),
  )
  const count = (status: number) => statuses.filter((found) => found === status).length
  t.diagnostic(`400 creates of 100 addresses: ${count(201)} made, ${count(200)} found`)
  assert.deepEqual([count(201), count(200)], [100, 300])
  const checked = await command(['check', '--json'], { env })
  assert.deepEqual(checked.json().differences, [], checked.stderr)

  await operator.query('begin; lock table contacts in access exclusive mode')
  for (const body of [undefined, { email: 'late@example.com' }]) {
    const begin = performance.now()
    const { status } = await ask(first, body ? '/contacts' : '/customers', body)
    t.diagnostic(
      `${body ? 'a write' : 'a read'} behind a lock: ${status} after ${Math.round(performance.now() - begin)} ms`,
    )
    assert.equal(status, 503)
  }
  await operator.query('rollback')
  assert.equal((await ask(first, '/customers')).status, 200)
  assert.equal((await ask(second, '/contacts', { email: 'late@example.com' })).status, 201)
})

test('a process that hangs in a transaction behind a pooler loses it', async (t) => {
  const world = await setUp(t)
  if (!world) return
  const { first, second, operator } = world
  const { key, workspaceId } = first
  const [asHanging, ask] = [first, second].map(({ address }) => clientOf({ address, key, workspaceId }))
  const path = `/contacts/${(await ask!('POST', '/contacts', { email: 'jane@example.com' })).body.contact.id}`
  await operator.query('begin; select id from contacts for update')
  const lost = asHanging!('PATCH', path, { name: 'Jane' }).catch(() => undefined)
  const states = async (where: string) =>
    Number((await operator.query(`select count(*) as n from pg_stat_activity where ${where}`)).rows[0].n)
  while ((await states(`wait_event_type = 'Lock'`)) === 0) await sleep(20)
  first.child.kill('SIGSTOP')
  await operator.query('rollback')
  // it has the lock now, and whoever waits for it is told so until the transaction is ended
  const begin = performance.now()
  for (let tries = 0; (await ask!('PATCH', path, { phone: '+1-555-0100' })).status !== 200; tries++)
    assert.ok(tries < 10)
  t.diagnostic(`the transaction was ended after ${Math.round(performance.now() - begin)} ms`)
  first.child.kill('SIGCONT')
  await lost
  assert.equal((await asHanging!('PATCH', path, { name: 'Jane Doe' })).status, 200)
  const { name, phone } = (await ask!('GET', path)).body.contact
  assert.deepEqual([name, phone], ['Jane Doe', '+1-555-0100'])
})
