import type { Db } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import { searchOf } from '../search/engine.ts'
import { listIndexes } from '../search/indexes.ts'
import { searchedRows, type SearchedRow } from '../search/rows.ts'
import { searched, type Index } from '../search/searched.ts'
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

/** An index, and up to which row it is built. */
interface Checked extends Index {
  upTo: number
}

/** Every index that is written to; one that is being built as far as it is. */
export const checkSearch = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const differences: Difference[] = []
  for (const { version, state, ...cursors } of await listIndexes(db))
    for (const table of state === 'DROPPED' ? [] : searched) {
      const upTo = state === 'BUILDING' ? cursors[table] : Infinity
      differences.push(...(await checkIndex(db, { table, version, upTo }, repair)))
    }
  return differences
}

const checkIndex = async (db: Db, index: Checked, repair: boolean): Promise<Difference[]> => {
  const damage = await damageOf(db, index)
  if (damage) {
    if (repair) await rebuild(db, index)
    return [{ ...whereOf(index), workspaceId: '', id: '', field: 'index', stored: damage, expected: 'a sound index' }]
  }
  // a server may be writing between the look at the rows and the look at the index: what differs is looked at again
  const suspects = await differing(db, index)
  const confirmed = suspects.size === 0 ? suspects : await differing(db, index, suspects)
  return confirmed.size === 0 ? [] : describe(db, index, { seqs: confirmed, repair })
}

const whereOf = ({ table, version }: Index) => ({ table: `${table} search`, version })

/** Why the index cannot be read, if it cannot. */
const damageOf = async (db: Db, index: Index): Promise<string | undefined> => {
  try {
    await searchOf(db).verify(db, index)
    return undefined
  } catch (error) {
    if (error instanceof ApiError) throw error
    return (error as Error).message
  }
}

const rebuild = async (db: Db, { upTo, ...index }: Checked): Promise<void> => {
  await db.transaction(async (tx) => searchOf(tx).clear(tx, index))
  for await (const rows of searchedRows(db, index))
    // a transaction each, between which a server beside has its turn
    await Promise.all(
      rows
        .filter(({ seq }) => seq <= upTo)
        .map(({ workspaceId, seq, terms }) =>
          db.transaction((tx) => searchOf(tx).add(tx, { workspaceId, ...index, seq, terms })),
        ),
    )
}

/** The seqs whose terms in the index are not those of the row, or that have no row. */
const differing = async (db: Db, { upTo, ...index }: Checked, among?: Set<number>): Promise<Set<number>> => {
  const indexed = new Map<number, Fingerprint>()
  await searchOf(db).scan(db, index, (seq, term) => {
    if (seq > upTo || (among && !among.has(seq))) return
    const print = indexed.get(seq) ?? new Fingerprint()
    indexed.set(seq, print)
    print.add(term)
  })
  const wrong = new Set<number>()
  for await (const rows of searchedRows(db, index))
    for (const row of rows) {
      if (row.seq > upTo || (among && !among.has(row.seq))) continue
      const expected = new Fingerprint()
      for (const term of listOf(searchOf(db).encode(row.workspaceSeq, row.terms))) expected.add(term)
      if (!expected.equals(indexed.get(row.seq))) wrong.add(row.seq)
      indexed.delete(row.seq)
    }
  return new Set([...wrong, ...indexed.keys()])
}

const describe = async (
  db: Db,
  { table, version }: Index,
  { seqs, repair }: { seqs: Set<number>; repair: boolean },
): Promise<Difference[]> => {
  const index = { table, version }
  const indexed = new Map<number, string[]>([...seqs].map((seq) => [seq, []]))
  await searchOf(db).scan(db, index, (seq, term) => void indexed.get(seq)?.push(term))
  const rows = new Map<number, SearchedRow>()
  for await (const page of searchedRows(db, index))
    for (const row of page) if (seqs.has(row.seq)) rows.set(row.seq, row)
  const differences: Difference[] = []
  for (const [seq, stored] of indexed) {
    const row = rows.get(seq)
    const { workspaceId = '', id = `seq ${seq}`, terms = '' } = row ?? {}
    differences.push({
      ...whereOf(index),
      workspaceId,
      id,
      field: 'terms',
      stored: `${stored.length} terms`,
      expected: `${listOf(terms).length} terms`,
    })
    if (repair)
      await db.transaction((tx) =>
        searchOf(tx).replace(tx, { ...index, workspaceId, seq, terms, stored: stored.join(' ') }),
      )
  }
  return differences
}
