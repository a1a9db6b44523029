import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { verbatim } from '../db/sql.ts'

test('a server whose database has a full disk is not ready until it can write', async (t) => {
  const { ask, inbox, db } = await startApp(t)
  const ready = async () => (await ask('GET', '/readyz')).status
  const write = async (email: string) => (await inbox.post('/contacts', { email })).status
  await db.run(
    verbatim(`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file' using errcode = '53100'; end $$`),
  )
  const tables = ['contacts', 'migrations']
  for (const table of tables)
    await db.run(
      verbatim(`create trigger full_disk before insert or update on ${table} for each row execute function refuse()`),
    )
  assert.equal(await ready(), 200)
  for (let n = 0; n < 5; n++) assert.deepEqual([await write('a@example.com'), await ready()], [503, 503])
  for (const table of tables) await db.run(verbatim(`drop trigger full_disk on ${table}`))
  assert.deepEqual([await ready(), await write('a@example.com')], [200, 201])
})
