import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freshFolder } from '../app.ts'
import { freshDatabase } from '../databases.ts'
import { mail, mbox } from '../make.ts'
import { command } from '../process.ts'

test('an import whose database goes away ends with one sentence, and the next run stores the rest', async (t) => {
  const { url, drop } = await freshDatabase()
  t.after(drop)
  const archive = join(await freshFolder(t), 'archive.mbox')
  const mails = Array.from({ length: 5 }, (_, i) => mail({ From: `p${i}@example.com`, 'Message-ID': `<${i}@x>` }, 'Hi'))
  await writeFile(archive, mbox(mails))
  const env = { DATABASE_URL: url }
  const { id } = (await command(['workspaces', 'create', '--name', 'Support', '--json'], { env })).json()
  const words = ['import', archive, '--workspace', id, '--json']

  const [holder, watcher] = [new pg.Client(url), new pg.Client(url)]
  await holder.connect()
  await watcher.connect()
  await holder.query('begin; lock table contacts in access exclusive mode')
  const importing = command(words, { env })
  let waiting: { pid: number } | undefined
  while (!waiting) {
    await sleep(20)
    // not in the holder's transaction, which sees pg_stat_activity as it first was
    const { rows } = await watcher.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    waiting = rows[0]
  }
  await watcher.query('select pg_terminate_backend($1)', [waiting.pid])
  await holder.query('rollback')
  await holder.end()
  await watcher.end()
  const { code, stderr } = await importing
  assert.deepEqual(
    [code, stderr],
    [1, 'The database went away. What was stored is kept; run the import again when it is back.\n'],
  )
  const again = (await command(words, { env })).json()
  assert.deepEqual([again.read, again.failed], [5, 0])
  assert.ok(again.stored >= 1)
})
