import type { Queries, Tx } from '../db/db.ts'
import { sql, type Sql, verbatim } from '../db/sql.ts'
import type { Entry, Match, SearchEngine } from './engine.ts'
import { codeOf, encode, encoded } from './encode.ts'
import { named, searched, type Index } from './searched.ts'
import type { Term } from './terms.ts'

// A tsvector of our own terms beside each row. The same workspace code as on SQLite stands in front of every term,
// so that one workspace's search reads none of another's postings in the shared index.

/** Rows of the workspace that are looked through, newest first, before the index is asked; and at most, where that is likely to do. */
const newestRows = 200
const newestRowsMost = 2000
const scanRows = 500

const tableOf = (index: Index): Sql => verbatim(named(index))

/** PostgreSQL's query language, with every term in quotes: nothing that a person typed is ever read as an operator. */
const expression = ({ all, digits, not }: Match, code: string): string => {
  const quoted = ({ text, or, isPrefix }: Term) => {
    const [one, other] = [text, or].map((spelling) => `'${code}${spelling}'${isPrefix ? ':*' : ''}`)
    return or === undefined ? one! : `(${one} | ${other})`
  }
  const words = `(${all.map(quoted).join(' & ')})`
  const either = digits ? `(${words} | ${quoted(digits)})` : words
  return not === undefined ? either : `${either} & !'${code}${not}'`
}

/** Writes rows of any workspaces. */
const insert = (tx: Tx, index: Index, rows: (Pick<Entry, 'workspaceId' | 'seq' | 'terms'> & { code: string })[]) =>
  tx.atCommit(
    sql`insert into ${tableOf(index)} (workspace_id, seq, terms)
        select "workspaceId", seq, array_to_tsvector(string_to_array(${encoded(sql`code`, sql`terms`)}, ' '))
        from json_to_recordset(${JSON.stringify(rows)}::json) as row ("workspaceId" text, seq bigint, code text, terms text)
        on conflict (workspace_id, seq) do nothing`,
  )

const addAll: SearchEngine['addAll'] = async (tx, index, entries) => {
  const rows = []
  for (const { workspaceId, seq, terms } of entries)
    if (terms !== '') rows.push({ workspaceId, seq, terms, code: await codeOf(tx, workspaceId) })
  if (rows.length > 0) insert(tx, index, rows)
}

interface Search {
  workspaceId: string
  terms: Sql
  query: string
}

interface Looked {
  seqs: number[]
  /** Where to go on; undefined when there are enough or no more rows. */
  next: number | undefined
}

/** The hits among so many rows; the last of these comes along even if it is none, to tell that there may be more. */
const amongNewest = async (
  db: Queries,
  { workspaceId, terms, query }: Search,
  { before, rows, limit }: { before: number; rows: number; limit: number },
): Promise<Looked> => {
  const found = await db.many<{ seq: number; place: number; isHit: boolean }>(
    sql`select seq, place, terms @@ ${query}::tsquery as "isHit" from (
          select seq, terms, row_number() over (order by seq desc) as place from ${terms}
          where workspace_id = ${workspaceId} and seq < ${before} order by seq desc limit ${rows}) as newest
        where terms @@ ${query}::tsquery or place = ${rows} order by seq desc limit ${limit}`,
  )
  const seqs = found.filter(({ isHit }) => isHit).map(({ seq }) => seq)
  const last = found.at(-1)
  return { seqs, next: seqs.length < limit && last?.place === rows ? last.seq : undefined }
}

/** A frequent word is found soon by looking on; a rare one, or one that is nowhere, is the index's. */
const further = async (
  db: Queries,
  search: Search,
  { newest, limit }: { newest: Looked; limit: number },
): Promise<number[]> => {
  const missing = limit - newest.seqs.length
  const likely = Math.ceil((2 * newestRows * missing) / newest.seqs.length)
  if (likely > newestRowsMost) return askIndex(db, search, { before: newest.next!, limit: missing })
  const more = await amongNewest(db, search, { before: newest.next!, rows: likely, limit: missing })
  if (more.next === undefined) return more.seqs
  return [...more.seqs, ...(await askIndex(db, search, { before: more.next, limit: missing - more.seqs.length }))]
}

/**
 * The terms' own index and no other: `|| ''` and `+ 0` keep the planner from walking the table backwards for a word that
 * is nowhere in it, and from reading the keys of all the workspace's rows beside those of the hits.
 */
const askIndex = async (
  db: Queries,
  { workspaceId, terms, query }: Search,
  { before, limit }: { before: number; limit: number },
): Promise<number[]> => {
  const rows = await db.many<{ seq: number }>(
    sql`select seq from ${terms}
        where terms @@ ${query}::tsquery and workspace_id || '' = ${workspaceId} and seq + 0 < ${before}
        order by seq + 0 desc limit ${limit}`,
  )
  return rows.map(({ seq }) => seq)
}

const statementsOf = (index: Index): string[] => [
  `create table ${named(index)} (
     workspace_id text collate "C" not null, seq bigint not null, terms tsvector not null, primary key (workspace_id, seq))`,
  `create index ${named(index)}_by_term on ${named(index)} using gin (terms) with (fastupdate = off)`,
]

export const postgresSearch: SearchEngine = {
  create: async (tx, version) => {
    for (const table of searched) for (const text of statementsOf({ table, version })) await tx.run(verbatim(text))
  },
  dropSome: async (tx, version) => {
    for (const table of searched) await tx.run(verbatim(`drop table if exists ${named({ table, version })}`))
    return true
  },
  add: (tx, entry) => addAll(tx, entry, [entry]),
  addAll,
  expectMany: async () => {},
  remove: async (tx, { workspaceId, seq, ...index }) =>
    tx.atCommit(sql`delete from ${tableOf(index)} where workspace_id = ${workspaceId} and seq = ${seq}`),
  find: async (db, { workspaceId, match, before, limit, ...index }) => {
    const query = expression(match, await codeOf(db, workspaceId))
    const search = { workspaceId, terms: tableOf(index), query }
    const newest = await amongNewest(db, search, { before, rows: newestRows, limit })
    if (newest.next === undefined) return newest.seqs
    const after = await further(db, search, { newest, limit })
    return [...newest.seqs, ...after]
  },
  scan: async (db, index, each) => {
    for (let last = 0; ;) {
      const rows = await db.many<{ seq: number; terms: string[] }>(
        sql`select seq, tsvector_to_array(terms) as terms from ${tableOf(index)} where seq > ${last} order by seq limit ${scanRows}`,
      )
      for (const { seq, terms } of rows) for (const term of terms) each(seq, term)
      if (rows.length < scanRows) return
      last = rows.at(-1)!.seq
    }
  },
  replace: async (tx, entry) => {
    tx.atCommit(sql`delete from ${tableOf(entry)} where seq = ${entry.seq}`)
    await addAll(tx, entry, [entry])
  },
  clear: (tx, index) => tx.atCommit(sql`delete from ${tableOf(index)}`),
  encode,
  verify: async () => {},
}
