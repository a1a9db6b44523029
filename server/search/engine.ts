import type { Db, Queries, Tx } from '../db/db.ts'
import { postgresSearch } from './postgres.ts'
import { sqliteSearch } from './sqlite.ts'
import type { Term } from './terms.ts'

/** The three things that are searched, named after their tables. */
export const searched = ['contacts', 'conversations', 'messages'] as const
export type Searched = (typeof searched)[number]

/** What one row is found by. `seq` is the row's own. */
export interface Entry {
  workspaceId: string
  table: Searched
  seq: number
  /** As `termsOf` gives them. */
  terms: string
}

/** All terms of `all`, or `digits`; and never the term `not`. */
export interface Match {
  all: Term[]
  digits?: Term | undefined
  not?: string | undefined
}

interface Find {
  workspaceId: string
  table: Searched
  match: Match
  /** Only rows with a smaller seq. */
  before: number
  limit: number
}

export interface SearchEngine {
  add(tx: Tx, entry: Entry): Promise<void>
  /** Many rows of one table, of any workspaces. */
  addAll(tx: Tx, table: Searched, entries: Omit<Entry, 'table'>[]): Promise<void>
  /** Whether very many messages are to come, so that bringing their terms into order may wait. Said again when they have come. */
  expectMany(db: Db, isMany: boolean): Promise<void>
  /** `terms` must be those that were added. */
  remove(tx: Tx, entry: Entry): Promise<void>
  /** Where removing many terms of a row takes long, and so is to be done in steps: takes some out, and puts others in. */
  inParts?(tx: Tx, row: Omit<Entry, 'terms'>, change: { removed: string; added: string }): Promise<void>
  /** The seqs that match, largest first. */
  find(db: Db, find: Find): Promise<number[]>
  /** Calls `each` with every pair of row and term (as `encode` gives it) that the index of a table holds. */
  scan(db: Db, table: Searched, each: (seq: number, encodedTerm: string) => void): Promise<void>
  /** Mends what the index has of a row: `stored`, spelled as `encode` does. */
  replace(tx: Tx, entry: Entry & { stored: string }): Promise<void>
  /** Empties the index of a table. */
  clear(tx: Tx, table: Searched): void
  /** How this engine spells terms of a workspace. */
  encode(workspaceSeq: number, terms: string): string
  /** Throws when the index is damaged in itself. */
  verify(db: Db, table: Searched): Promise<void>
}

const engines: Record<Queries['engine'], SearchEngine> = { sqlite: sqliteSearch, postgres: postgresSearch }

export const searchOf = (db: Queries): SearchEngine => {
  return engines[db.engine]
}
