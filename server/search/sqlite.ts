import type { Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import { codeOf, encode, encoded } from './encode.ts'
import type { Entry, Match, SearchEngine, Searched } from './engine.ts'
import type { Term } from './terms.ts'

// FTS5 without content: it keeps terms and rowids only. The workspace's code stands in front of every term,
// so one workspace's search never reads another's postings.

/** The newest row is the first of each list: FTS5 goes forward through a long list many times as fast as back. */
const rowidOf = (seq: number): number => Number.MAX_SAFE_INTEGER - seq
const seqOf = rowidOf

const scanRows = 100_000

/** How many segments FTS5 merges into one: few make a search quick, many an import. */
const mergedAtOnce = { usually: 4, ofMany: 8 }

const named = (table: Searched): Sql => verbatim(`${table}_terms`)

type Row = Pick<Entry, 'table' | 'seq'>

const add = (tx: Tx, { table, seq }: Row, terms: Sql): void => {
  const rowid = rowidOf(seq)
  tx.atCommit(sql`insert into ${named(table)} (rowid, terms) values (${rowid}, ${terms})`, rowid)
}

/**
 * Where a row loses and gets the same term at once, FTS5 with secure-delete and detail=none (seen with SQLite 3.53) forgets the
 * later rows of that term. At a savepoint it writes out what it has, here the removal.
 */
const remove = (tx: Tx, { table, seq }: Row, terms: Sql): void => {
  const rowid = rowidOf(seq)
  const index = named(table)
  tx.atCommit(sql`insert into ${index} (${index}, rowid, terms) values ('delete', ${rowid}, ${terms})`, rowid)
  tx.atCommit(sql`savepoint removed`, rowid)
  tx.atCommit(sql`release removed`, rowid)
}

/** FTS5's query language, with every term in quotes: nothing that a person typed is ever read as an operator. */
const expression = ({ all, digits, not }: Match, code: string): string => {
  const quoted = ({ text, isPrefix }: Term) => `"${code}${text}"${isPrefix ? ' *' : ''}`
  const words = `(${all.map(quoted).join(' AND ')})`
  const either = digits ? `(${words} OR ${quoted(digits)})` : words
  return not === undefined ? either : `${either} NOT "${code}${not}"`
}

export const sqliteSearch: SearchEngine = {
  add: (tx, { table, ...entry }) => sqliteSearch.addAll(tx, table, [entry]),
  addAll: async (tx, table, entries) => {
    for (const { workspaceId, seq, terms } of entries)
      if (terms !== '') add(tx, { table, seq }, encoded(await codeOf(tx, workspaceId), terms))
  },
  expectMany: async (db, isMany) => {
    const wanted = isMany ? mergedAtOnce.ofMany : mergedAtOnce.usually
    const set = await db.one<{ merged: number }>(
      sql`select v as merged from messages_terms_config where k = 'automerge'`,
    )
    if ((set?.merged ?? mergedAtOnce.usually) !== wanted)
      await db.run(sql`insert into messages_terms (messages_terms, rank) values ('automerge', ${wanted})`)
  },
  remove: async (tx, { workspaceId, terms, ...row }) => {
    if (terms !== '') remove(tx, row, encoded(await codeOf(tx, workspaceId), terms))
  },
  inParts: async (tx, { workspaceId, ...row }, { removed, added }) => {
    const code = await codeOf(tx, workspaceId)
    if (removed !== '') remove(tx, row, encoded(code, removed))
    // also where there is nothing to add: FTS5 counts a removal as a row less
    if (removed !== '' || added !== '') add(tx, row, added === '' ? sql`''` : encoded(code, added))
  },
  find: async (db, { workspaceId, table, match, before, limit }) => {
    const terms = named(table)
    const query = sql`select rowid from ${terms}
      where ${terms} match ${expression(match, await codeOf(db, workspaceId))} and rowid > ${rowidOf(before)}
      order by rowid limit ${limit}`
    // rows of one term are read as they are needed; for those of several their lists are, perhaps to the end
    const isLong = match.all.length > 1
    const rows = await (isLong
      ? db.manyApart<{ rowid: number }>(query, workspaceId)
      : db.many<{ rowid: number }>(query))
    return rows.map(({ rowid }) => seqOf(rowid))
  },
  scan: async (db, table, each) => {
    const vocabulary = verbatim(`${table}_vocabulary`)
    let last = { term: '', rowid: 0 }
    for (;;) {
      const rows = await db.many<{ term: string; rowid: number }>(
        sql`select term, doc as rowid from ${vocabulary}
            where term >= ${last.term} and not (term = ${last.term} and doc <= ${last.rowid}) limit ${scanRows}`,
      )
      for (const { term, rowid } of rows) each(seqOf(rowid), term)
      if (rows.length < scanRows) return
      last = rows.at(-1)!
    }
  },
  replace: async (tx, { stored, ...entry }) => {
    if (stored !== '') remove(tx, entry, sql`${stored}`)
    await sqliteSearch.add(tx, entry)
  },
  clear: (tx, table) => {
    const terms = named(table)
    tx.atCommit(sql`insert into ${terms} (${terms}) values ('delete-all')`)
  },
  encode,
  verify: async (db, table) => {
    const terms = named(table)
    await db.run(sql`insert into ${terms} (${terms}, rank) values ('integrity-check', 0)`)
  },
}
