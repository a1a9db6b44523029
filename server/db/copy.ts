import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Refusal } from '../config.ts'
import type { Queries, Row, Tx } from './db.ts'
import { holdServerLock } from './server-lock.ts'
import { list, nothing, sql, verbatim, type Sql } from './sql.ts'
import { isBusy, SqliteConnection } from './sqlite-connection.ts'
import { databaseName } from './sqlite.ts'

/** A table that holds what cannot be worked out from others. */
export interface Table {
  name: string
  columns: string[]
  /** The columns of its primary key. */
  key: string[]
  /** The key where it is a single number. */
  number: string | undefined
  /** Whether it holds bytes: its rows are large. */
  hasBytes: boolean
}

const rowsAPage = 500
const largeRowsAPage = 8

/** An embedded database that nobody else changes until it is closed: no server runs on it, no command writes to it. */
export const openAlone = (dataDir: string) => {
  const lock = holdServerLock(dataDir)
  const connection = new SqliteConnection(join(dataDir, databaseName), { synchronous: 'full' })
  try {
    connection.exec('pragma busy_timeout = 1000; begin immediate')
  } catch (error) {
    connection.close()
    lock.release()
    if (!isBusy(error)) throw error
    throw new Refusal(`Another program, an import perhaps, is writing to ${dataDir}. Try again when it has ended.`)
  }
  return {
    tables: tablesOf(connection),
    many: async <T extends Row>(query: Sql) => connection.many<T>(query),
    close: (): void => {
      connection.exec('rollback')
      connection.close()
      lock.release()
    },
  }
}

/** Those that others refer to come first. Search indexes, the list of them and that of migrations are each database's own. */
const tablesOf = (connection: SqliteConnection): Table[] => {
  const names = connection
    .many<{ name: string }>(
      sql`select name from pragma_table_list where type = 'table' and schema = 'main'
            and name not in ('migrations', 'search_indexes') and name not like 'sqlite_%' order by name`,
    )
    .map(({ name }) => name)
  const ordered = new Set<string>()
  const add = (name: string) => {
    const referred = connection.many<{ name: string }>(
      sql`select distinct "table" as name from pragma_foreign_key_list(${name})`,
    )
    for (const other of referred) if (other.name !== name) add(other.name)
    ordered.add(name)
  }
  names.forEach(add)
  return [...ordered].map((name) => tableOf(connection, name))
}

const tableOf = (connection: SqliteConnection, name: string): Table => {
  const columns = connection.many<{ name: string; type: string; pk: number }>(
    sql`select name, type, pk from pragma_table_info(${name})`,
  )
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  return {
    name,
    columns: columns.map((column) => column.name),
    key: key.map((column) => column.name),
    number: key.length === 1 && key[0]!.type.toLowerCase() === 'integer' ? key[0]!.name : undefined,
    hasBytes: columns.some(({ type }) => type.toLowerCase() === 'blob'),
  }
}

/** All rows of a table in the order of its key, which both engines compare by bytes. */
export async function* rowsOf(
  db: Pick<Queries, 'many'>,
  { name, columns, key, hasBytes }: Table,
): AsyncGenerator<Row[]> {
  const select = verbatim(`select ${columns.join(', ')} from ${name}`)
  const keys = verbatim(key.join(', '))
  const limit = hasBytes ? largeRowsAPage : rowsAPage
  for (let last: Record<string, never> | undefined; ;) {
    const after = last ? sql`where (${keys}) > (${list(key.map((column) => last![column]!))})` : nothing
    const rows = await db.many<Record<string, never>>(sql`${select} ${after} order by ${keys} limit ${limit}`)
    if (rows.length === 0) return
    yield rows
    last = rows.at(-1)
  }
}

/** Number of rows and a hash of all that they hold. */
export const digestOf = async (db: Pick<Queries, 'many'>, table: Table, each: (rows: number) => void) => {
  const hash = createHash('sha256')
  let count = 0
  for await (const rows of rowsOf(db, table)) {
    for (const row of rows) hash.update(JSON.stringify(plain(row)))
    each((count += rows.length))
  }
  return { count, hash: hash.digest('hex') }
}

/** As PostgreSQL reads bytes in JSON. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
    ]),
  )

export const insertRows = (tx: Tx, { name, columns }: Table, rows: Row[]) => {
  const into = verbatim(`insert into ${name} (${columns.join(', ')}) select ${columns.join(', ')}`)
  return tx.run(
    sql`${into} from json_populate_recordset(${verbatim(`null::${name}`)}, ${JSON.stringify(rows.map(plain))}::json)`,
  )
}

/** Numbers that the database gives out go on after the largest that is there. */
export const continueNumbers = async (tx: Tx, { name, number }: Table) => {
  if (number === undefined) return
  await tx.one(
    verbatim(
      `select setval(pg_get_serial_sequence('${name}', '${number}')::regclass, max(${number})) from ${name} having count(*) > 0`,
    ),
  )
}

export const emptyTables = (tx: Tx, tables: Pick<Table, 'name'>[]) =>
  tx.run(verbatim(`truncate ${tables.map(({ name }) => name).join(', ')}`))
