import { Refusal } from '../config.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { oneProcessAtATime } from '../db/locks.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql, verbatim } from '../db/sql.ts'
import { ApiError } from '../errors.ts'
import { searchOf, type Searchable } from './engine.ts'
import { searched, type Searched } from './searched.ts'
import { newestVersion } from './terms.ts'

// One index answers (ACTIVE). The next version is built beside it (BUILDING): what is written goes into both. At the switch the
// old one is RETIRED: it is still written to, because a process may be asking it; then DROPPED: nothing uses it any more.
// Only the newest version's program builds, and an older one writes nothing from then on.

type State = 'BUILDING' | 'ACTIVE' | 'RETIRED' | 'DROPPED'

export interface IndexState extends Record<Searched, number> {
  version: number
  state: State
  rowsDone: number
  rowsTotal: number
}

const select = sql`select version, state, contacts, conversations, messages, rows_done as "rowsDone", rows_total as "rowsTotal"
  from search_indexes order by version`

/** As they are now, outside a transaction. */
export const listIndexes = (db: Queries) => db.many<IndexState>(select)

const known = new WeakMap<Tx, Promise<IndexState[]>>()

/**
 * Those that this transaction must write to. They stay as they are until it ends: whoever changes a state locks the table,
 * which reading it prevents.
 */
export const indexesIn = (tx: Tx): Promise<IndexState[]> => {
  let indexes = known.get(tx)
  if (!indexes) known.set(tx, (indexes = readIndexes(tx)))
  return indexes
}

const readIndexes = async (tx: Tx): Promise<IndexState[]> => {
  const indexes = await listIndexes(tx)
  if (indexes.some(isUnknown)) throw ofNewerVersion()
  return indexes.filter(({ state }) => state !== 'DROPPED')
}

const isUnknown = ({ version }: IndexState): boolean => version > newestVersion

const ofNewerVersion = () =>
  new ApiError('database_unavailable', {}, new Error('A newer support-inbox has begun to rebuild the search index.'))

/** PostgreSQL's writers see no cursor move: there an index that is being built gets every row, and the rebuild leaves those alone. */
export const hasRow = (tx: Queries, index: IndexState, { table, seq }: Pick<Searchable, 'table' | 'seq'>): boolean =>
  index.state !== 'BUILDING' || tx.engine === 'postgres' || seq <= index[table]

/** Milliseconds for which a process may go on asking an index that was retired. */
const remembered = 1000
const answering = new WeakMap<Queries, { version: number; until: number }>()

/** The version of the index that answers. */
const answeringVersion = async (db: Db): Promise<number> => {
  const last = answering.get(db)
  if (last && performance.now() < last.until) return last.version
  const until = performance.now() + remembered
  const active = (await listIndexes(db)).find(({ state }) => state === 'ACTIVE')
  if (!active || isUnknown(active)) throw ofNewerVersion()
  answering.set(db, { version: active.version, until })
  return active.version
}

/** Asks the index that answers; once more where that one was dropped meanwhile. */
export const askAnswering = async <T>(db: Db, ask: (version: number) => Promise<T>): Promise<T> => {
  const version = await answeringVersion(db)
  try {
    return await ask(version)
  } catch (error) {
    answering.delete(db)
    const now = await answeringVersion(db)
    if (now === version) throw error
    return ask(now)
  }
}

/** How long who wants to write waits for a change of state that waits for a long transaction, milliseconds. */
const lockPatience = 50

/** In a transaction that changes a state: no other one has read the states and goes on. */
export const lockIndexes = async (tx: Tx): Promise<IndexState[]> => {
  if (tx.engine === 'postgres') {
    await tx.run(verbatim(`set local lock_timeout = ${lockPatience}`))
    await tx.run(verbatim('lock table search_indexes in access exclusive mode'))
  }
  return listIndexes(tx)
}

export const setState = (tx: Tx, version: number, state: State) =>
  tx.run(sql`update search_indexes set state = ${state}, changed_at = ${timeAfter(tx)} where version = ${version}`)

export const forgetIndex = (tx: Tx, version: number) =>
  tx.run(sql`delete from search_indexes where version = ${version}`)

/** Makes the index of the newest version, empty, as one that is being built. */
export const beginIndex = async (tx: Tx, rowsTotal: number): Promise<void> => {
  await searchOf(tx).create(tx, newestVersion)
  await tx.run(
    sql`insert into search_indexes (version, state, changed_at, rows_total)
        values (${newestVersion}, 'BUILDING', ${timeAfter(tx)}, ${rowsTotal})`,
  )
}

/** A database that holds nothing begins with the newest version. Throws a Refusal where a newer program has been at work. */
export const prepareIndexes = async (db: Db): Promise<void> => {
  const indexes = await listIndexes(db)
  if (indexes.some(isUnknown))
    throw new Refusal(
      'The search index of the database is of a newer support-inbox. Install that version or a later one.',
    )
  if (indexes.some(({ version }) => version === newestVersion) || !(await isEmpty(db))) return
  await db.transaction(async (tx) => {
    await oneProcessAtATime(tx)
    const old = await lockIndexes(tx)
    if (old.some(({ version }) => version === newestVersion) || !(await isEmpty(tx))) return
    for (const { version } of old) {
      await searchOf(tx).dropSome(tx, version)
      await forgetIndex(tx, version)
    }
    await beginIndex(tx, 0)
    await setState(tx, newestVersion, 'ACTIVE')
  })
}

const isEmpty = async (db: Queries): Promise<boolean> =>
  (await db.one(sql`select 1 as one from workspaces limit 1`)) === undefined

/** How many rows there are to be found. */
export const countRows = async (db: Db): Promise<number> => {
  let rows = 0
  for (const table of searched)
    rows += (await db.manyApart<{ rows: number }>(sql`select count(*) as rows from ${verbatim(table)}`, ''))[0]!.rows
  return rows
}

/** Whether very many messages are to come; said again when they have come. */
export const expectMany = async (db: Db, isMany: boolean): Promise<void> => {
  for (const { version, state } of await listIndexes(db))
    if (state !== 'DROPPED') await searchOf(db).expectMany(db, version, isMany)
}
