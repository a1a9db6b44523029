import { Refusal } from '../config.ts'
import { continueNumbers, digestOf, emptyTables, insertRows, rowsOf, type openAlone, type Table } from '../db/copy.ts'
import type { Db } from '../db/db.ts'
import { endMove, markMove } from '../db/migrate.ts'
import { rebuildStep } from '../rebuild/rebuild.ts'
import { searchOf } from '../search/engine.ts'
import { beginIndex, forgetIndex, listIndexes, lockIndexes } from '../search/indexes.ts'
import { listWorkspaces } from '../workspaces/queries.ts'

type Source = ReturnType<typeof openAlone>

/** Shows a line now and then. */
type Say = (line: () => string) => void

/**
 * Copies every table, compares what is on both sides, and builds the search index. Resolves to the rows of each table.
 * Until it has come to its end the target is marked, so that no server starts on it. Throws a Refusal for a target that
 * holds an inbox, and when something differs at the end.
 */
export const move = async (source: Source, target: Db, say: Say): Promise<Record<string, number>> => {
  await begin(target, source.tables)
  for (const table of source.tables) await copy(table, { source, target, say })
  const counts: Record<string, number> = {}
  for (const table of source.tables) counts[table.name] = await compare(table, { source, target, say })
  await makeSearch(target, say)
  await target.transaction(endMove)
  return counts
}

const begin = (target: Db, tables: Table[]) =>
  target.transaction(async (tx) => {
    const isAgain = await markMove(tx)
    if (isAgain) await emptyTables(tx, tables)
    else if ((await listWorkspaces(tx)).length > 0)
      throw new Refusal('The target already holds an inbox. Move into an empty database.')
    for (const { version } of await lockIndexes(tx)) {
      await searchOf(tx).dropSome(tx, version)
      await forgetIndex(tx, version)
    }
    await beginIndex(tx, 0)
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

/** After the comparison: what is worked out from messages is made by this program's rules, whoever wrote the source. */
const makeSearch = async (target: Db, say: Say): Promise<void> => {
  while ((await rebuildStep(target)) !== 'done') {
    const [index] = await listIndexes(target)
    say(() => `search: ${index!.rowsDone} rows indexed`)
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
