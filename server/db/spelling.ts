import type { Queries } from './db.ts'
import { nothing, sql, verbatim, type Sql } from './sql.ts'

// What a few statements need and the two engines say differently. SQLite's writers are alone, so there it is mostly nothing.

type Spelling = Record<Queries['engine'], Sql>

const spelledBy =
  (spelling: Spelling) =>
  ({ engine }: Queries): Sql =>
    spelling[engine]

/** At the end of a select: these rows are ours until the transaction ends; those that another one holds are passed over. */
export const skipLocked = spelledBy({ sqlite: nothing, postgres: verbatim('for update skip locked') })

/** At the end of a select: nobody else changes these rows before this transaction ends; whoever does it now is waited for. */
export const held = spelledBy({ sqlite: nothing, postgres: verbatim('for no key update') })

/** The same, but fails where somebody does: for work that can wait, and then nobody waits in a circle. */
export const oursOrFail = spelledBy({ sqlite: nothing, postgres: verbatim('for no key update nowait') })

/** At the end of a select: nobody changes these rows before this transaction ends; fails where somebody does. */
export const sharedOrFail = spelledBy({ sqlite: nothing, postgres: verbatim('for share nowait') })

/** After a table whose rows are named by their numbers: SQLite would rather read all of the workspace than look up ten. */
export const byNumber = spelledBy({ sqlite: verbatim('not indexed'), postgres: nothing })

/** What the database's clock says, unix milliseconds. */
export const databaseTime = spelledBy({
  sqlite: sql`unixepoch('subsec') * 1000`,
  postgres: sql`(extract(epoch from clock_timestamp()) * 1000)::double precision`,
})

/** The number of the current transaction: larger than that of every one that began to write before it. */
export const transactionNumber = spelledBy({ sqlite: sql`0`, postgres: sql`pg_current_xact_id()::text::bigint` })

/** Every transaction with a smaller number has ended: nothing can appear below it any more. */
export const firstUnsettled = spelledBy({
  sqlite: sql`1`,
  postgres: sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
})

/** No transaction whose rows can be seen has this number or a larger one, unless they were copied from elsewhere. */
export const firstUnused = spelledBy({
  sqlite: sql`1`,
  postgres: sql`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
})

/**
 * So many milliseconds after now by the database's clock, as times are stored. Leases are measured by it: the processes on
 * one database may have different clocks.
 */
export const timeAfter = ({ engine }: Queries, milliseconds = 0): Sql =>
  engine === 'sqlite'
    ? sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${milliseconds / 1000} || ' seconds')`
    : sql`to_char(statement_timestamp() at time zone 'UTC' + ${milliseconds}::float8 * interval '1 millisecond',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
