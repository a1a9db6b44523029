import type { Sql } from './sql.ts'

/** A row as a statement names its columns. */
export type Row = object

/** What can be asked of the database, inside and outside a transaction. */
export interface Queries {
  readonly engine: 'sqlite' | 'postgres'
  /** The first row, or undefined. */
  one<T extends Row>(query: Sql): Promise<T | undefined>
  many<T extends Row>(query: Sql): Promise<T[]>
  /** Writes; resolves to the number of rows changed. */
  run(query: Sql): Promise<number>
}

/** Valid until its function ends; a use after that throws. Only its verbs may be awaited inside. */
export interface Tx extends Queries {
  /**
   * Runs `query` in this transaction, but not before its end: for what nothing in it reads, such as the search index,
   * where many writes at once cost far less than one after another; and less again from the lowest `order` to the highest.
   */
  atCommit(query: Sql, order?: number): void
}

export interface Db extends Queries {
  /**
   * Runs `fn` alone against all other writers and resolves to its result when that is on disk.
   * What `fn` throws rolls it back. Throws `storage_unavailable` (503) when the disk does not take it.
   */
  transaction<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * The same as `many`, for what may take long: it holds up nobody else. Those who ask take turns; `whose` says for whom it is.
   */
  manyApart<T extends Row>(query: Sql, whose: string): Promise<T[]>
  /** Rejects with the reason when the database cannot be read or has stopped taking writes. */
  ready(): Promise<void>
  /** Rejects with the reason when nothing can be written. */
  tryWrite(): Promise<void>
  /**
   * What was deleted is gone from the bytes of the files, too. A server with a large database leaves what is in
   * unused space to the command `compact`.
   */
  forget(): Promise<void>
  /** What an operator watches. */
  figures(): Promise<Figures>
  close(): Promise<void>
}

/** As of now; totals since the start. Each engine has its own. */
interface Figures {
  /** By the codes of the errors. */
  refusedWrites?: Readonly<Record<string, number>>
  /** SQLite. */
  log?: { waitingWrites: number; syncs: number; syncSeconds: number; walBytes: number }
  /** PostgreSQL: connections of this process. */
  pool?: { connections: number; idle: number; waiting: number }
}

const places = new Map<string, readonly [group: string, field: string]>()

/** Where a column goes: `contact.id` is `id` in the group `contact`; other columns are in no group. */
const placeOf = (name: string): readonly [group: string, field: string] => {
  let place = places.get(name)
  if (!place) {
    const dot = name.indexOf('.')
    places.set(name, (place = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)]))
  }
  return place
}

/**
 * Turns columns named "contact.id" into `{contact: {id}}`.
 * A group whose id is null (a join that found nothing) becomes null.
 */
export const nest = <T>(row: Row): T => {
  const nested: Record<string, unknown> = {}
  for (const name in row) {
    const value = (row as Record<string, unknown>)[name]
    const [group, field] = placeOf(name)
    if (group === '') nested[field] = value
    else if (field === 'id' && value === null) nested[group] = null
    else if (nested[group] !== null) ((nested[group] ??= {}) as Record<string, unknown>)[field] = value
  }
  return nested as T
}
