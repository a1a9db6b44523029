import type { Db, Queries, Tx } from '../db/db.ts'
import { postgresSearch } from './postgres.ts'
import { sqliteSearch } from './sqlite.ts'
import type { Index, Searched } from './searched.ts'
import type { Term } from './terms.ts'

/** A row that is searched. `seq` is its own. */
export interface Searchable {
  workspaceId: string
  table: Searched
  seq: number
}

/** What one row is found by in one index. */
export interface Entry extends Searchable, Index {
  /** As `termsOf` gives them for this version. */
  terms: string
}

/** All terms of `all`, or `digits`; and never the term `not`. */
export interface Match {
  all: Term[]
  digits?: Term | undefined
  not?: string | undefined
}

interface Find extends Index {
  workspaceId: string
  match: Match
  /** Only rows with a smaller seq. */
  before: number
  limit: number
}

export interface SearchEngine {
  /** Makes the empty indexes of a version. */
  create(tx: Tx, version: number): Promise<void>
  /** Takes some of what a version's indexes have, and at the end themselves; resolves to whether they are gone. */
  dropSome(tx: Tx, version: number): Promise<boolean>
  add(tx: Tx, entry: Entry): Promise<void>
  /** Many rows of one table, of any workspaces; on PostgreSQL those that are there already stay as they are. */
  addAll(tx: Tx, index: Index, entries: Pick<Entry, 'workspaceId' | 'seq' | 'terms'>[]): Promise<void>
  /** Whether very many messages are to come, so that bringing their terms into order may wait. Said again when they have come. */
  expectMany(db: Db, version: number, isMany: boolean): Promise<void>
  /** `terms` must be those that were added. */
  remove(tx: Tx, entry: Entry): Promise<void>
  /** Where removing many terms of a row takes long, and so is to be done in steps: takes some out, and puts others in. */
  inParts?(tx: Tx, row: Omit<Entry, 'terms'>, change: { removed: string; added: string }): Promise<void>
  /** The seqs that match, largest first. */
  find(db: Db, find: Find): Promise<number[]>
  /** Calls `each` with every pair of row and term (as `encode` gives it) that an index holds. */
  scan(db: Db, index: Index, each: (seq: number, encodedTerm: string) => void): Promise<void>
  /** Mends what the index has of a row: `stored`, spelled as `encode` does. */
  replace(tx: Tx, entry: Entry & { stored: string }): Promise<void>
  /** Empties an index. */
  clear(tx: Tx, index: Index): void
  /** How this engine spells terms of a workspace. */
  encode(workspaceSeq: number, terms: string): string
  /** Throws when the index is damaged in itself. */
  verify(db: Db, index: Index): Promise<void>
}

const engines: Record<Queries['engine'], SearchEngine> = { sqlite: sqliteSearch, postgres: postgresSearch }

export const searchOf = (db: Queries): SearchEngine => engines[db.engine]
