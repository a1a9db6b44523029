import type { Db, Tx } from '../server/db/db.ts'
import { sql, type Sql, type Value, verbatim } from '../server/db/sql.ts'
import { named, searched } from '../server/search/searched.ts'
import { newestVersion } from '../server/search/terms.ts'

/** A row, its columns named as the product names them: `workspaceId` is stored as workspace_id. */
export type Columns = Record<string, Value>

const texts = new Map<string, readonly string[]>()

// neither one nor two hundred is quicker
const rowsAStatement = 50

/** Stores rows that all have the same columns; resolves to the seq of each, in their order. */
export const insertAll = async (tx: Tx, table: string, rows: Columns[]): Promise<number[]> => {
  const seqs = new Map<Value, number>()
  for (let first = 0; first < rows.length; first += rowsAStatement) {
    const query = insertion(table, rows.slice(first, first + rowsAStatement))
    for (const { id, seq } of await tx.many<{ id: string; seq: number }>(query)) seqs.set(id, seq)
  }
  return rows.map(({ id }) => seqs.get(id!)!)
}

const insertion = (table: string, rows: Columns[]): Sql => {
  const names = Object.keys(rows[0]!)
  const shape = `${table} ${names.join(' ')} ${rows.length}`
  let parts = texts.get(shape)
  if (!parts) {
    const columns = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)).join(', ')
    const row = names.map((_, i) => (i === 0 ? '), (' : ', '))
    const between = rows.flatMap(() => row).slice(1)
    parts = [`insert into ${table} (${columns}) values (`, ...between, ') returning id, seq']
    texts.set(shape, parts)
  }
  return { parts, values: rows.flatMap((row) => Object.values(row)) }
}

/** Does `work` while the indexes that are for reading are away, and builds them anew: much less work for many rows. */
export const withoutIndexes = async (db: Db, work: () => Promise<void>): Promise<void> => {
  const { indexesOf, enlarge } = engines[db.engine]
  const indexes = await db.many<Index>(indexesOf)
  for (const { name } of indexes) await db.run(verbatim(`drop index ${name}`))
  try {
    await work()
  } finally {
    await db.transaction(async (tx) => {
      await tx.many(enlarge)
      for (const { definition } of indexes) await tx.run(verbatim(definition))
    })
  }
}

interface Index {
  name: string
  definition: string
}

const engines: Record<Db['engine'], { indexesOf: Sql; enlarge: Sql }> = {
  sqlite: {
    indexesOf: sql`select name, sql as definition from sqlite_schema
      where type = 'index' and tbl_name in ('contacts', 'conversations', 'messages') and sql is not null`,
    enlarge: sql`pragma cache_size = -200000`,
  },
  postgres: {
    indexesOf: sql`select indexname as name, indexdef as definition from pg_indexes
      where schemaname = current_schema() and indexname like '%_by_term'`,
    enlarge: sql`set local maintenance_work_mem = '512MB'`,
  },
}

const memoryOfTerms = 32 * 1024 * 1024
const usualMemoryOfTerms = 1024 * 1024

/** Does `work` while FTS5 gathers more terms before it writes them: fewer segments, which it need not merge. */
export const gatheringTerms = async (db: Db, work: () => Promise<void>): Promise<void> => {
  const gather = async (bytes: number) => {
    if (db.engine === 'sqlite')
      for (const table of searched.map((name) => verbatim(named({ table: name, version: newestVersion }))))
        await db.run(sql`insert into ${table} (${table}, rank) values ('hashsize', ${bytes})`)
  }
  await gather(memoryOfTerms)
  await work()
  await gather(usualMemoryOfTerms)
}
