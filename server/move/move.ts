import { Refusal } from '../config.ts'
import { continueNumbers, digestOf, emptyTables, insertRows, rowsOf, type openAlone, type Table } from '../db/copy.ts'
import type { Db } from '../db/db.ts'
import { endMove, markMove } from '../db/migrate.ts'
import { searched, searchOf, type Searched } from '../search/engine.ts'
import { searchedRows } from '../search/rows.ts'
import { listWorkspaces } from '../workspaces/queries.ts'

type Source = ReturnType<typeof openAlone>

/** Shows a line now and then. */
type Say = (line: () => string) => void

/**
 * Copies every table, works out search anew, and compares what is on both sides. Resolves to the rows of each table.
 * Until it has come to its end the target is marked, so that no server starts on it. Throws a Refusal for a target that
 * holds an inbox, and when something differs at the end.
 */
export const move = async (source: Source, target: Db, say: Say): Promise<Record<string, number>> => {
  await begin(target, source.tables)
  for (const table of source.tables) await copy(table, { source, target, say })
  for (const table of searched) await makeSearch(table, { target, say })
  const counts: Record<string, number> = {}
  for (const table of source.tables) counts[table.name] = await compare(table, { source, target, say })
  await target.transaction(endMove)
  return counts
}

const begin = (target: Db, tables: Table[]) =>
  target.transaction(async (tx) => {
    const isAgain = await markMove(tx)
    if (isAgain) await emptyTables(tx, [...tables, ...searched.map((name) => ({ name: `${name}_terms` }))])
    else if ((await listWorkspaces(tx)).length > 0)
      throw new Refusal('The target already holds an inbox. Move into an empty database.')
  })

interface Sides {
  source: Source
  target: Db
  say: Say
}

const copy = async (table: Table, { source, target, say }: Sides): Promise<void> => {
  let done = 0
  for await (const rows of rowsOf(source, table)) {
    await target.transaction((tx) => insertRows(tx, table, rows))
    done += rows.length
    say(() => `${table.name}: ${done} rows copied`)
  }
  await target.transaction((tx) => continueNumbers(tx, table))
}

const makeSearch = async (table: Searched, { target, say }: Omit<Sides, 'source'>): Promise<void> => {
  let done = 0
  for await (const rows of searchedRows(target, table)) {
    await target.transaction((tx) => searchOf(tx).addAll(tx, table, rows))
    done += rows.length
    say(() => `search: ${done} ${table} indexed`)
  }
}

const compare = async (table: Table, { source, target, say }: Sides): Promise<number> => {
  const show = (rows: number) => say(() => `${table.name}: ${rows} rows compared`)
  const expected = await digestOf(source, table, show)
  const found = await digestOf(target, table, show)
  if (found.count !== expected.count || found.hash !== expected.hash)
    throw new Refusal(
      `${table.name} differs: ${expected.count} rows in the source, ${found.count} in the target. Run the move again, into an empty database.`,
    )
  return expected.count
}
