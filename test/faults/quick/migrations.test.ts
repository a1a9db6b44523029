import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Db } from '../../../server/db/db.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openPostgres } from '../../../server/db/postgres.ts'
import { verbatim } from '../../../server/db/sql.ts'
import { openSqlite } from '../../../server/db/sqlite.ts'
import { freshFolder } from '../../app.ts'
import { engine, freshDatabase } from '../../databases.ts'

interface Place {
  url: string
  dataDir: string
}

/** Kills itself instead of running the n-th statement; resolves to how many there were if it got through. */
const migrateAndDie = async ({ url, dataDir }: Place, n: number): Promise<number | undefined> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../migrate-and-die.ts'), String(n)], {
    env: { ...process.env, DATABASE_URL: url, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (data) => (text += String(data)))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.ok(code === 0 || signal === 'SIGKILL', `${code} ${signal}`)
  return code === 0 ? Number(text) : undefined
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

/** Every schema that is whole: none, and after the table of marks and after each migration. */
const wholeSchemas = async (t: TestContext): Promise<string[]> => {
  const db = open(await freshPlace(t))
  const schemas = [await schemaOf(db)]
  const noting: Db = {
    ...db,
    transaction: async (fn) => {
      const result = await db.transaction(fn)
      schemas.push(await schemaOf(db))
      return result
    },
  }
  await migrate(noting)
  await db.close()
  return schemas
}

test(
  'F29: killed at any statement of any migration, the schema is the old or the new one, and the next start finishes',
  { timeout: 600_000 },
  async (t) => {
    const whole = await wholeSchemas(t)
    const seen = new Map<number, number>()
    let statements: number | undefined
    let kills = 0
    for (let n = 1; statements === undefined; n++) {
      const place = await freshPlace(t)
      statements = await migrateAndDie(place, n)
      if (statements === undefined) kills += 1
      const db = open(place)
      const found = whole.indexOf(await schemaOf(db))
      assert.notEqual(found, -1, `half a schema after a kill at statement ${n}`)
      seen.set(found, (seen.get(found) ?? 0) + 1)
      await migrate(db)
      assert.equal(await schemaOf(db), whole.at(-1))
      await db.close()
    }
    t.diagnostic(
      `${kills} kills at ${statements} statements: ${whole.length} whole schemas, seen ${JSON.stringify([...seen])}`,
    )
    assert.equal(kills, statements)
    assert.deepEqual(
      [...seen.keys()].sort((a, b) => a - b),
      whole.map((_, i) => i),
    )
  },
)
