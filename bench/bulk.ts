import type { Db, Tx } from '../server/db/db.ts'
import { sql, type Sql, type Value, verbatim } from '../server/db/sql.ts'

/** A row, its columns named as the product names them: `workspaceId` is stored as workspace_id. */
export type Columns = Record<string, Value>

const texts = new Map<string, readonly string[]>()

// SQLite and node:sqlite look for a parameter among all others: with thousands of them that is all they do
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

/** Does `work` while PostgreSQL's search indexes are away, and builds them anew: a third of the time for many rows. */
export const withoutSearchIndexes = async (db: Db, work: () => Promise<void>): Promise<void> => {
  if (db.engine === 'sqlite') return work()
  const indexes = await db.many<{ name: string; definition: string }>(
    sql`select indexname as name, indexdef as definition from pg_indexes
        where schemaname = current_schema() and indexname like '%_terms_by_term'`,
  )
  for (const { name } of indexes) await db.run(verbatim(`drop index ${name}`))
  try {
    await work()
  } finally {
    await db.transaction(async (tx) => {
      await tx.run(sql`set local maintenance_work_mem = '512MB'`)
      for (const { definition } of indexes) await tx.run(verbatim(definition))
    })
  }
}
