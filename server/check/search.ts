import type { Db } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import { searched, searchOf, type Searched } from '../search/engine.ts'
import { searchedRows, type SearchedRow } from '../search/rows.ts'
import { listOf } from '../search/terms.ts'
import type { Difference } from './check.ts'

/** A set of terms as a number: the same whatever their order. */
class Fingerprint {
  count = 0
  sum = 0

  add(term: string): void {
    let hash = 0x811c9dc5
    for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193)
    this.count += 1
    this.sum += hash >>> 0
  }

  equals(other: Fingerprint | undefined): boolean {
    return this.count === (other?.count ?? 0) && this.sum === (other?.sum ?? 0)
  }
}

export const checkSearch = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const differences: Difference[] = []
  for (const table of searched) {
    const damage = await damageOf(db, table)
    if (damage) {
      const what = { table: `${table} search`, workspaceId: '', id: '', field: 'index' }
      differences.push({ ...what, stored: damage, expected: 'a sound index' })
      if (repair) await rebuild(db, table)
      continue
    }
    // a server may be writing between the look at the rows and the look at the index: what differs is looked at again
    const suspects = await differing(db, table)
    const confirmed = suspects.size === 0 ? suspects : await differing(db, table, suspects)
    if (confirmed.size > 0) differences.push(...(await describe(db, table, { seqs: confirmed, repair })))
  }
  return differences
}

/** Why the index cannot be read, if it cannot. */
const damageOf = async (db: Db, table: Searched): Promise<string | undefined> => {
  try {
    await searchOf(db).verify(db, table)
    return undefined
  } catch (error) {
    if (error instanceof ApiError) throw error
    return (error as Error).message
  }
}

const rebuild = async (db: Db, table: Searched): Promise<void> => {
  await db.transaction(async (tx) => searchOf(tx).clear(tx, table))
  for await (const rows of searchedRows(db, table))
    // a transaction each, between which a server beside has its turn
    await Promise.all(
      rows.map(({ workspaceId, seq, terms }) =>
        db.transaction((tx) => searchOf(tx).add(tx, { workspaceId, table, seq, terms })),
      ),
    )
}

/** The seqs whose terms in the index are not those of the row, or that have no row. */
const differing = async (db: Db, table: Searched, among?: Set<number>): Promise<Set<number>> => {
  const indexed = new Map<number, Fingerprint>()
  await searchOf(db).scan(db, table, (seq, term) => {
    if (among && !among.has(seq)) return
    const print = indexed.get(seq) ?? new Fingerprint()
    indexed.set(seq, print)
    print.add(term)
  })
  const wrong = new Set<number>()
  for await (const rows of searchedRows(db, table))
    for (const row of rows) {
      if (among && !among.has(row.seq)) continue
      const expected = new Fingerprint()
      for (const term of listOf(searchOf(db).encode(row.workspaceSeq, row.terms))) expected.add(term)
      if (!expected.equals(indexed.get(row.seq))) wrong.add(row.seq)
      indexed.delete(row.seq)
    }
  return new Set([...wrong, ...indexed.keys()])
}

const describe = async (db: Db, table: Searched, { seqs, repair }: { seqs: Set<number>; repair: boolean }) => {
  const indexed = new Map<number, string[]>([...seqs].map((seq) => [seq, []]))
  await searchOf(db).scan(db, table, (seq, term) => void indexed.get(seq)?.push(term))
  const rows = new Map<number, SearchedRow>()
  for await (const page of searchedRows(db, table))
    for (const row of page) if (seqs.has(row.seq)) rows.set(row.seq, row)
  const differences: Difference[] = []
  for (const [seq, stored] of indexed) {
    const row = rows.get(seq)
    const { workspaceId = '', id = `seq ${seq}`, terms = '' } = row ?? {}
    differences.push({
      table: `${table} search`,
      workspaceId,
      id,
      field: 'terms',
      stored: `${stored.length} terms`,
      expected: `${listOf(terms).length} terms`,
    })
    if (repair)
      await db.transaction((tx) =>
        searchOf(tx).replace(tx, { table, workspaceId, seq, terms, stored: stored.join(' ') }),
      )
  }
  return differences
}
