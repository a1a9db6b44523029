import type { Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import { encode, encoderOf, spell } from './encode.ts'
import type { Entry, Match, SearchEngine, Searched } from './engine.ts'

// FTS5 without content: it keeps terms and rowids only. The workspace's code stands in front of every term,
// so one workspace's search never reads another's postings.

/** The newest row is the first of each list: FTS5 goes forward through a long list many times as fast as back. */
const rowidOf = (seq: number): number => Number.MAX_SAFE_INTEGER - seq
const seqOf = rowidOf

const scanRows = 100_000

type Write = (rowid: number, terms: string) => Sql

const tables: Record<Searched, Record<'add' | 'remove', Write>> = {
  contacts: {
    add: (rowid, terms) => sql`insert into contacts_terms (rowid, terms) values (${rowid}, ${terms})`,
    remove: (rowid, terms) =>
      sql`insert into contacts_terms (contacts_terms, rowid, terms) values ('delete', ${rowid}, ${terms})`,
  },
  conversations: {
    add: (rowid, terms) => sql`insert into conversations_terms (rowid, terms) values (${rowid}, ${terms})`,
    remove: (rowid, terms) =>
      sql`insert into conversations_terms (conversations_terms, rowid, terms) values ('delete', ${rowid}, ${terms})`,
  },
  messages: {
    add: (rowid, terms) => sql`insert into messages_terms (rowid, terms) values (${rowid}, ${terms})`,
    remove: (rowid, terms) =>
      sql`insert into messages_terms (messages_terms, rowid, terms) values ('delete', ${rowid}, ${terms})`,
  },
}

type Row = Pick<Entry, 'table' | 'seq'>

const add = (tx: Tx, { table, seq }: Row, spelled: string[]): void => {
  const rowid = rowidOf(seq)
  tx.atCommit(tables[table].add(rowid, spelled.join(' ')), rowid)
}

/**
 * Where a row loses and gets the same term at once, FTS5 with secure-delete and detail=none (seen with SQLite 3.53) forgets the
 * later rows of that term. At a savepoint it writes out what it has, here the removal.
 */
const remove = (tx: Tx, { table, seq }: Row, spelled: string[]): void => {
  const rowid = rowidOf(seq)
  tx.atCommit(tables[table].remove(rowid, spelled.join(' ')), rowid)
  tx.atCommit(sql`savepoint removed`, rowid)
  tx.atCommit(sql`release removed`, rowid)
}

/** FTS5's query language, with every term in quotes: nothing that a person typed is ever read as an operator. */
const expression = ({ all, digits, not }: Match, spelled: (term: string) => string): string => {
  const quoted = (term: { text: string; isPrefix: boolean }) => `"${spelled(term.text)}"${term.isPrefix ? ' *' : ''}`
  const words = `(${all.map(quoted).join(' AND ')})`
  const either = digits ? `(${words} OR ${quoted(digits)})` : words
  return not === undefined ? either : `${either} NOT "${spelled(not)}"`
}

const named = (table: Searched): Sql => verbatim(`${table}_terms`)

export const sqliteSearch: SearchEngine = {
  add: (tx, { table, ...entry }) => sqliteSearch.addAll(tx, table, [entry]),
  addAll: async (tx, table, entries) => {
    for (const { seq, terms } of await spell(tx, entries)) add(tx, { table, seq }, terms)
  },
  remove: async (tx, entry) => {
    for (const { terms } of await spell(tx, [entry])) remove(tx, entry, terms)
  },
  find: async (db, { workspaceId, table, match, before, limit }) => {
    const terms = named(table)
    const query = sql`select rowid from ${terms}
      where ${terms} match ${expression(match, await encoderOf(db, workspaceId))} and rowid > ${rowidOf(before)}
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
  replace: async (tx, { stored, expected, ...row }) => {
    if (stored.length > 0) remove(tx, row, stored)
    if (expected.length > 0) add(tx, row, expected)
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
