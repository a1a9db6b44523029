import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freshFolder } from '../../test/app.ts'
import { startPostgres } from '../../test/postgres.ts'
import { clientOf, startServer } from '../../test/process.ts'
import { isThorough } from '../../test/thorough.ts'

/** Milliseconds; on a machine that does something else as well it says nothing about the product. */
const most = isThorough ? 5000 : 15_000

test('live updates go on while another process hangs in a transaction', async (t) => {
  const postgres = await startPostgres()
  const env = {
    DATABASE_URL: `${postgres.server}/postgres`,
    DATA_DIR: await freshFolder(t, postgres.stop),
    DATABASE_STATEMENT_TIMEOUT: '30000',
  }
  const hanging = await startServer(t, env)
  const other = await startServer(t, env)
  const { key, workspaceId } = hanging
  const [asHanging, ask] = [hanging, other].map(({ address }) => clientOf({ address, key, workspaceId }))
  const { contact } = (await ask!('POST', '/contacts', { email: 'jane@example.com' })).body
  const ending = new AbortController()
  const url = `${other.address}/v1/workspaces/${workspaceId}/support/inbox/events`
  const stream = await fetch(url, { signal: ending.signal, headers: { authorization: `Bearer ${key}` } })
  const seen = { text: '' }
  void (async () => {
    for await (const bytes of stream.body!) seen.text += Buffer.from(bytes).toString()
  })().catch(() => {})
  const told = async (id: string) => {
    while (!seen.text.includes(id)) await sleep(20)
  }
  const create = async (email: string) => (await ask!('POST', '/contacts', { email })).body.contact.id as string
  await told(await create('before@example.com'))

  const blocker = new pg.Client(env.DATABASE_URL)
  await blocker.connect()
  await blocker.query('begin')
  await blocker.query('select id from contacts where id = $1 for update', [contact.id])
  const lost = asHanging!('PATCH', `/contacts/${contact.id}`, { name: 'Jane Doe' }).catch(() => undefined)
  const states = async (where: string) =>
    Number((await blocker.query(`select count(*) as n from pg_stat_activity where ${where}`)).rows[0].n)
  while ((await states(`wait_event_type = 'Lock'`)) === 0) await sleep(20)
  hanging.child.kill('SIGSTOP')
  const begin = performance.now()
  // it gets the lock, and nobody goes on with the transaction
  await blocker.query('rollback')
  assert.ok((await states(`state = 'idle in transaction' and pid <> pg_backend_pid() and backend_xid is not null`)) > 0)
  await told(await create('meanwhile@example.com'))
  const took = performance.now() - begin
  t.diagnostic(`told ${Math.round(took)} ms after the other process hung`)
  assert.ok(took < most)
  hanging.child.kill('SIGCONT')
  await lost
  assert.equal((await asHanging!('PATCH', `/contacts/${contact.id}`, { name: 'Jane Doe' })).status, 200)
  ending.abort()
  await blocker.end()
})
