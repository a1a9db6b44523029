import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Db, Tx } from '../../../server/db/db.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openPostgres } from '../../../server/db/postgres.ts'
import { verbatim } from '../../../server/db/sql.ts'
import { openSqlite } from '../../../server/db/sqlite.ts'
import { freshFolder } from '../../app.ts'
import { engine, freshDatabase } from '../../databases.ts'
import { isThorough } from '../../thorough.ts'

/** It is killed at one of so many statements. */
const step = isThorough ? 1 : 3

interface Place {
  url: string
  dataDir: string
}

/** Whether it killed itself instead of running its n-th statement; otherwise it has got through. */
const isKilled = async ({ url, dataDir }: Place, n: number): Promise<boolean> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../migrate-and-die.ts'), String(n)], {
    env: { ...process.env, DATABASE_URL: url, DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.ok(code === 0 || signal === 'SIGKILL', `${code} ${signal}`)
  return signal === 'SIGKILL'
}

const open = ({ url, dataDir }: Place): Db =>
  url === ''
    ? openSqlite({
        dataDir,
        role: 'command',
        onFatal: (error) => {
          throw error
        },
      })
    : openPostgres({ url, connections: 1, statementTimeout: 10_000, connectionTimeout: 10_000 })

const schemaQuery = {
  sqlite: `select type, name, sql from sqlite_schema order by name`,
  postgres: `select 'column' as type, table_name || '.' || column_name as name, data_type as sql
               from information_schema.columns where table_schema = 'public'
             union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`,
}[engine]

/** The whole schema with the marks of what was done, as one text. */
const schemaOf = async (db: Db): Promise<string> => {
  const schema = await db.many(verbatim(schemaQuery))
  const marks = await db.many(verbatim('select name from migrations order by name')).catch(() => [])
  return JSON.stringify([schema, marks])
}

const freshPlace = async (t: TestContext): Promise<Place> => {
  const { url, drop } = await freshDatabase({ isEmpty: true })
  const dataDir = join(await freshFolder(t, drop), 'data')
  await mkdir(dataDir)
  return { url, dataDir }
}

/** Every schema that is whole (none, and after the table of marks and after each migration), and how many statements that took. */
const migrateWhole = async (t: TestContext) => {
  const db = open(await freshPlace(t))
  const schemas = [await schemaOf(db)]
  let statements = 0
  const counting = (tx: Tx): Tx => ({
    ...tx,
    run: (query) => {
      statements += 1
      return tx.run(query)
    },
  })
  const noting: Db = {
    ...db,
    transaction: async (fn) => {
      const result = await db.transaction((tx) => fn(counting(tx)))
      schemas.push(await schemaOf(db))
      return result
    },
  }
  await migrate(noting)
  await db.close()
  return { schemas, statements }
}

test(
  'F29: killed at any statement of any migration, the schema is the old or the new one, and the next start goes on',
  { timeout: 600_000 },
  async (t) => {
    const { schemas, statements } = await migrateWhole(t)
    const place = await freshPlace(t)
    const look = async () => {
      const db = open(place)
      const schema = await schemaOf(db)
      await db.close()
      return schemas.indexOf(schema)
    }
    let kills = 0
    let stage = 0
    // the n-th statement of the migration that is next; one beyond its last is the first of the one after it
    for (let n = 1; await isKilled(place, n); n += step) {
      kills += 1
      const found = await look()
      assert.ok(
        found === stage || (found > stage && found < stage + n),
        `stage ${found} after a kill in stage ${stage}`,
      )
      if (found > stage) n = 1
      stage = found
    }
    assert.equal(await look(), schemas.length - 1)
    t.diagnostic(`${kills} kills at ${statements} statements, ${schemas.length} whole schemas`)
    if (isThorough) assert.equal(kills, statements)
    else assert.ok(kills > statements / step / 2)
  },
)
