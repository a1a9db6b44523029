import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseName } from '../../../server/db/sqlite.ts'
import { freshFolder } from '../../app.ts'
import { clientOf, command, startServer } from '../../process.ts'
import { aftermath, Ledger } from '../ledger.ts'
import { startLoad } from '../load.ts'

/** What is written once and never changed, up to the newest row of `point`. */
const hashUpTo = (file: string, point: { contact: number; message: number }): string => {
  const database = new DatabaseSync(file, { readOnly: true })
  const hash = createHash('sha256')
  const rows = [
    database
      .prepare('select seq, id, email, name, created_at from contacts where seq <= ? order by seq')
      .all(point.contact),
    database.prepare('select * from messages where seq <= ? order by seq').all(point.message),
  ]
  for (const row of rows.flat()) hash.update(JSON.stringify(row))
  database.close()
  return `${rows[0]!.length} contacts, ${rows[1]!.length} messages, ${hash.digest('hex')}`
}

const newestOf = (file: string) => {
  const database = new DatabaseSync(file, { readOnly: true })
  const newest = (table: string) => Number(database.prepare(`select max(seq) as seq from ${table}`).get()!['seq'])
  const point = { contact: newest('contacts'), message: newest('messages') }
  database.close()
  return point
}

test('F8: a backup made under load holds all that was acknowledged before it, as one moment, and a server starts on it', async (t) => {
  const folder = await freshFolder(t)
  const dataDir = join(folder, 'data')
  const server = await startServer(t, { DATA_DIR: dataDir })
  const ledger = new Ledger()
  const load = startLoad({ t, ask: clientOf(server), ledger, clients: 8, name: 'c' })
  const backups: { file: string; before: Ledger }[] = []
  for (let n = 0; n < 3; n++) {
    await sleep(300)
    const file = join(folder, `backup-${n}.db`)
    const before = ledger.copy()
    const made = await command(['backup', file], { env: { DATA_DIR: dataDir } })
    assert.equal(made.code, 0, made.stderr)
    backups.push({ file, before })
  }
  await load.stop()
  await server.stop('SIGTERM')
  for (const [n, { file, before }] of backups.entries()) {
    const point = newestOf(file)
    const found = hashUpTo(file, point)
    assert.equal(found, hashUpTo(join(dataDir, databaseName), point))
    const restored = join(folder, `restored-${n}`)
    await mkdir(restored)
    await cp(file, join(restored, databaseName))
    assert.deepEqual(await aftermath({ dataDir: restored }, before), { losses: [], damages: [] })
    t.diagnostic(`${before.size} noted before it, ${ledger.size} in the end; at its point ${found}`)
    const { address } = await startServer(t, { DATA_DIR: restored })
    const { key, workspaceId } = server
    const { body } = await clientOf({ address, key, workspaceId })('GET', '/search?q=conversation')
    assert.ok(body.results.messages.length > 0)
  }
})
