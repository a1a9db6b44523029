import type { Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import { encode, encoderOf, spell } from './encode.ts'
import type { Entry, Match, SearchEngine, Searched } from './engine.ts'

// FTS5 without content: it keeps terms and rowids only. The workspace's code stands in front of every term,
// so one workspace's search never reads another's postings.

const scanRows = 100_000

const tables: Record<Searched, { add(seq: number, terms: string): Sql; remove(seq: number, terms: string): Sql }> = {
  contacts: {
    add: (seq, terms) => sql`insert into contacts_terms (rowid, terms) values (${seq}, ${terms})`,
    remove: (seq, terms) =>
      sql`insert into contacts_terms (contacts_terms, rowid, terms) values ('delete', ${seq}, ${terms})`,
  },
  conversations: {
    add: (seq, terms) => sql`insert into conversations_terms (rowid, terms) values (${seq}, ${terms})`,
    remove: (seq, terms) =>
      sql`insert into conversations_terms (conversations_terms, rowid, terms) values ('delete', ${seq}, ${terms})`,
  },
  messages: {
    add: (seq, terms) => sql`insert into messages_terms (rowid, terms) values (${seq}, ${terms})`,
    remove: (seq, terms) =>
      sql`insert into messages_terms (messages_terms, rowid, terms) values ('delete', ${seq}, ${terms})`,
  },
}

type Row = Pick<Entry, 'table' | 'seq'>

const add = (tx: Tx, { table, seq }: Row, spelled: string[]): void =>
  tx.atCommit(tables[table].add(seq, spelled.join(' ')), seq)

/**
 * Where a row loses and gets the same term at once, FTS5 with secure-delete and detail=none (seen with SQLite 3.53) forgets the
 * later rows of that term. At a savepoint it writes out what it has, here the removal.
 */
const remove = (tx: Tx, { table, seq }: Row, spelled: string[]): void => {
  tx.atCommit(tables[table].remove(seq, spelled.join(' ')), seq)
  tx.atCommit(sql`savepoint removed`, seq)
  tx.atCommit(sql`release removed`, seq)
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
    const query = sql`select rowid as seq from ${terms}
      where ${terms} match ${expression(match, await encoderOf(db, workspaceId))} and rowid < ${before}
      order by rowid desc limit ${limit}`
    // rows of one term are read as they are needed; for those of several their lists are, perhaps to the end
    const isLong = match.all.length > 1
    const rows = await (isLong ? db.manyApart<{ seq: number }>(query, workspaceId) : db.many<{ seq: number }>(query))
    return rows.map(({ seq }) => seq)
  },
  scan: async (db, table, each) => {
    const vocabulary = verbatim(`${table}_vocabulary`)
    let last = { term: '', seq: 0 }
    for (;;) {
      const rows = await db.many<{ term: string; seq: number }>(
        sql`select term, doc as seq from ${vocabulary}
            where term >= ${last.term} and not (term = ${last.term} and doc <= ${last.seq}) limit ${scanRows}`,
      )
      for (const { term, seq } of rows) each(seq, term)
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
