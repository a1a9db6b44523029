import type { Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import { codeOf, encode, encoded } from './encode.ts'
import type { Entry, Match, SearchEngine } from './engine.ts'
import { named, searched, type Index } from './searched.ts'
import type { Term } from './terms.ts'

// FTS5 without content: it keeps terms and rowids only. The workspace's code stands in front of every term,
// so one workspace's search never reads another's postings.

/** The newest row is the first of each list: FTS5 goes forward through a long list many times as fast as back. */
const rowidOf = (seq: number): number => Number.MAX_SAFE_INTEGER - seq
const seqOf = rowidOf

const scanRows = 100_000

/** How many segments FTS5 merges into one: few make a search quick, many an import. */
const mergedAtOnce = { usually: 4, ofMany: 8 }

/** Pages of 1000 bytes, and boundaries between them, that a step of dropping an index deletes. */
const droppedAtOnce = 100

const tableOf = (index: Index): Sql => verbatim(named(index))
const vocabularyOf = ({ table, version }: Index): string => `${table}_vocabulary_${version}`

type Row = Pick<Entry, 'table' | 'version' | 'seq'>

/** As migration 001 says, with what 021 added. */
const statementsOf = (index: Index): string[] => [
  `create virtual table ${named(index)} using fts5 (
     terms, content = '', columnsize = 0, detail = none, tokenize = 'ascii', prefix = '5 6 7 8 9 10 11 12')`,
  ...Object.entries({ "'secure-delete'": 1, "'pgsz'": 1000, "'hashsize'": 8 * 1024 * 1024 }).map(
    ([name, value]) => `insert into ${named(index)} (${named(index)}, rank) values (${name}, ${value})`,
  ),
  `create virtual table ${vocabularyOf(index)} using fts5vocab(${named(index)}, instance)`,
]

/** The pages of an index are its own tables, which nothing reads any more: few at a time, since zeroing all would take seconds. */
const dropSomeOf = async (tx: Tx, index: Index): Promise<boolean> => {
  const name = named(index)
  if (!(await tx.one(sql`select 1 as one from sqlite_schema where name = ${name}`))) return true
  await tx.run(verbatim(`drop table if exists ${vocabularyOf(index)}`))
  for (const [part, key] of [
    ['data', 'id'],
    ['idx', 'segid, term'],
  ] as const) {
    const rows = verbatim(`${name}_${part}`)
    const columns = verbatim(key)
    const deleted = await tx.run(
      sql`delete from ${rows} where (${columns}) in (select ${columns} from ${rows} limit ${droppedAtOnce})`,
    )
    if (deleted === droppedAtOnce) return false
  }
  await tx.run(verbatim(`drop table ${name}`))
  return true
}

const add = (tx: Tx, row: Row, terms: Sql): void => {
  const rowid = rowidOf(row.seq)
  tx.atCommit(sql`insert into ${tableOf(row)} (rowid, terms) values (${rowid}, ${terms})`, rowid)
}

/**
 * Where a row loses and gets the same term at once, FTS5 with secure-delete and detail=none (seen with SQLite 3.53) forgets the
 * later rows of that term. At a savepoint it writes out what it has, here the removal.
 */
const remove = (tx: Tx, row: Row, terms: Sql): void => {
  const rowid = rowidOf(row.seq)
  const index = tableOf(row)
  tx.atCommit(sql`insert into ${index} (${index}, rowid, terms) values ('delete', ${rowid}, ${terms})`, rowid)
  tx.atCommit(sql`savepoint removed`, rowid)
  tx.atCommit(sql`release removed`, rowid)
}

/** FTS5's query language, with every term in quotes: nothing that a person typed is ever read as an operator. */
const expression = ({ all, digits, not }: Match, code: string): string => {
  const quoted = ({ text, or, isPrefix }: Term) => {
    const [one, other] = [text, or].map((spelling) => `"${code}${spelling}"${isPrefix ? ' *' : ''}`)
    return or === undefined ? one! : `(${one} OR ${other})`
  }
  const words = `(${all.map(quoted).join(' AND ')})`
  const either = digits ? `(${words} OR ${quoted(digits)})` : words
  return not === undefined ? either : `${either} NOT "${code}${not}"`
}

export const sqliteSearch: SearchEngine = {
  create: async (tx, version) => {
    for (const table of searched) for (const text of statementsOf({ table, version })) await tx.run(verbatim(text))
  },
  dropSome: async (tx, version) => {
    for (const table of searched) if (!(await dropSomeOf(tx, { table, version }))) return false
    return true
  },
  add: (tx, entry) => sqliteSearch.addAll(tx, entry, [entry]),
  addAll: async (tx, { table, version }, entries) => {
    for (const { workspaceId, seq, terms } of entries)
      if (terms !== '') add(tx, { table, version, seq }, encoded(await codeOf(tx, workspaceId), terms))
  },
  expectMany: async (db, version, isMany) => {
    const index = named({ table: 'messages', version })
    const wanted = isMany ? mergedAtOnce.ofMany : mergedAtOnce.usually
    const set = await db.one<{ merged: number }>(
      sql`select v as merged from ${verbatim(`${index}_config`)} where k = 'automerge'`,
    )
    if ((set?.merged ?? mergedAtOnce.usually) !== wanted)
      await db.run(sql`insert into ${verbatim(index)} (${verbatim(index)}, rank) values ('automerge', ${wanted})`)
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
  find: async (db, { workspaceId, match, before, limit, ...index }) => {
    const terms = tableOf(index)
    const query = sql`select rowid from ${terms}
      where ${terms} match ${expression(match, await codeOf(db, workspaceId))} and rowid > ${rowidOf(before)}
      order by rowid limit ${limit}`
    // rows of one term are read as they are needed; for those of several their lists are, perhaps to the end
    const isLong = match.all.length > 1 || match.all[0]?.or !== undefined
    const rows = await (isLong
      ? db.manyApart<{ rowid: number }>(query, workspaceId)
      : db.many<{ rowid: number }>(query))
    return rows.map(({ rowid }) => seqOf(rowid))
  },
  scan: async (db, index, each) => {
    const vocabulary = verbatim(vocabularyOf(index))
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
  clear: (tx, index) => {
    const terms = tableOf(index)
    tx.atCommit(sql`insert into ${terms} (${terms}) values ('delete-all')`)
  },
  encode,
  verify: async (db, index) => {
    const terms = tableOf(index)
    await db.run(sql`insert into ${terms} (${terms}, rank) values ('integrity-check', 0)`)
  },
}
