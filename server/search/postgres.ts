import type { Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import type { Match, SearchEngine, Searched } from './engine.ts'
import { encode, encoderOf } from './encode.ts'

// A tsvector of our own terms beside each row. The same workspace code as on SQLite stands in front of every term,
// so that one workspace's search reads none of another's postings in the shared index.

const newestFirst = 10_000
const scanRows = 500

const named = (table: Searched): Sql => verbatim(`${table}_terms`)

const vectorOf = (terms: string[]): Sql =>
  sql`array_to_tsvector(array(select json_array_elements_text(${JSON.stringify(terms)}::json)))`

/** PostgreSQL's query language, with every term in quotes: nothing that a person typed is ever read as an operator. */
const expression = ({ all, digits, not }: Match, spelled: (term: string) => string): string => {
  const quoted = (term: { text: string; isPrefix: boolean }) => `'${spelled(term.text)}'${term.isPrefix ? ':*' : ''}`
  const words = `(${all.map(quoted).join(' & ')})`
  const either = digits ? `(${words} | ${quoted(digits)})` : words
  return not === undefined ? either : `${either} & !'${spelled(not)}'`
}

const insert = (tx: Tx, row: { table: Searched; workspaceId: string; seq: number; terms: string[] }) =>
  tx.atCommit(
    sql`insert into ${named(row.table)} (workspace_id, seq, terms)
        values (${row.workspaceId}, ${row.seq}, ${vectorOf(row.terms)})`,
  )

export const postgresSearch: SearchEngine = {
  add: async (tx, { workspaceId, table, seq, terms }) => {
    const spelled = await encoderOf(tx, workspaceId)
    if (terms.length > 0) insert(tx, { table, workspaceId, seq, terms: terms.map(spelled) })
  },
  remove: async (tx, { workspaceId, table, seq }) =>
    tx.atCommit(sql`delete from ${named(table)} where workspace_id = ${workspaceId} and seq = ${seq}`),
  find: async (db, { workspaceId, table, match, before, limit }) => {
    const query = expression(match, await encoderOf(db, workspaceId))
    const terms = named(table)
    const seqs = (rows: { seq: number }[]) => rows.map(({ seq }) => seq)
    const newest = await db.many<{ seq: number }>(
      sql`select seq from (
            select seq, terms from ${terms} where workspace_id = ${workspaceId} and seq < ${before}
            order by seq desc limit ${newestFirst}) as newest
          where terms @@ ${query}::tsquery order by seq desc limit ${limit}`,
    )
    if (newest.length === limit) return seqs(newest)
    // "+ 0" keeps the planner from walking the table backwards for a word that is nowhere in it
    return seqs(
      await db.many<{ seq: number }>(
        sql`select seq from ${terms}
            where terms @@ ${query}::tsquery and workspace_id = ${workspaceId} and seq < ${before}
            order by seq + 0 desc limit ${limit}`,
      ),
    )
  },
  scan: async (db, table, each) => {
    for (let last = 0; ;) {
      const rows = await db.many<{ seq: number; terms: string[] }>(
        sql`select seq, tsvector_to_array(terms) as terms from ${named(table)} where seq > ${last} order by seq limit ${scanRows}`,
      )
      for (const { seq, terms } of rows) for (const term of terms) each(seq, term)
      if (rows.length < scanRows) return
      last = rows.at(-1)!.seq
    }
  },
  replace: async (tx, { table, workspaceId, seq, expected }) => {
    tx.atCommit(sql`delete from ${named(table)} where seq = ${seq}`)
    if (expected.length > 0) insert(tx, { table, workspaceId, seq, terms: expected })
  },
  clear: (tx, table) => tx.atCommit(sql`delete from ${named(table)}`),
  encode,
  verify: async () => {},
}
