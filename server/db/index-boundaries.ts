import { sql, verbatim, type Sql } from './sql.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const rowsARead = 200
/** The index of whole terms has the digit 0 before each of them, those of prefixes 1 to 8. */
const zero = '0'.charCodeAt(0)
/** Characters of the prefix index before the first one. */
const shortest = 4

interface Boundary {
  index: string
  segment: number
  /** The digit of an index and the beginning of what was the first term of a page when that was written. */
  key: Uint8Array
}

/**
 * FTS5 keeps in `…_idx` where each page of a segment begins, as the beginning of its first term at that time; deleting that
 * term, even with `secure-delete`, leaves it. A boundary that is the beginning of no term any more is replaced by the first
 * term after it: that is no less than the boundary, and no greater than any term of the page.
 */
export class IndexBoundaries {
  readonly #connection: SqliteConnection
  readonly #indexes: string[]
  #last: Omit<Boundary, 'index'> = { segment: 0, key: new Uint8Array() }
  #found: Boundary[] = []

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    this.#indexes = connection
      .many<{ name: string }>(
        verbatim(
          `select name from sqlite_schema i where sql like 'create virtual table % using fts5 (%' and exists (
             select 1 from sqlite_schema v where v.name = replace(i.name, '_terms', '_vocabulary'))`,
        ),
      )
      .map(({ name }) => name)
  }

  get found(): number {
    return this.#found.length
  }

  get isDone(): boolean {
    return this.#indexes.length === 0
  }

  look(until: number): void {
    while (!this.isDone && this.#found.length < rowsARead && performance.now() < until) {
      const [index] = this.#indexes as [string]
      const { segment, key } = this.#last
      const rows = this.#connection.many<Omit<Boundary, 'index'>>(
        sql`select segid as segment, term as key from ${boundariesOf(index)}
            where (segid, term) > (${segment}, ${key}) order by segid, term limit ${rowsARead}`,
      )
      for (const row of rows) if (this.#successor({ index, ...row })) this.#found.push({ index, ...row })
      this.#last = rows.at(-1) ?? { segment: 0, key: new Uint8Array() }
      if (rows.length === 0) this.#indexes.shift()
    }
  }

  clean(until: number): void {
    while (this.#found.length > 0 && performance.now() < until) {
      const boundary = this.#found.pop()!
      const successor = this.#successor(boundary)
      if (successor)
        this.#connection.run(
          sql`update ${boundariesOf(boundary.index)} set term = ${successor}
              where segid = ${boundary.segment} and term = ${boundary.key}`,
        )
    }
  }

  /** What is to stand in its place; undefined where it is the beginning of a term. */
  #successor({ index, key }: Boundary): Uint8Array | undefined {
    if (key.length === 0) return undefined
    const digit = (key[0] ?? zero) - zero
    const characters = digit === 0 ? 0 : digit + shortest
    const term = key.subarray(1)
    const vocabulary = verbatim(index.replace('_terms', '_vocabulary'))
    const first = characters === 0 ? verbatim('term') : sql`substr(term, 1, ${characters})`
    const next = (from: Uint8Array) =>
      this.#connection.one<{ term: Uint8Array; first: Uint8Array; characters: number }>(
        sql`select cast(term as blob) as term, cast(${first} as blob) as first, length(term) as characters
            from ${vocabulary} where term >= cast(${from} as text) limit 1`,
      )
    let found = next(term)
    // a term has a row for each message that has it: the rows of one that is too short are not walked through
    while (found && found.characters < characters) found = next(Buffer.concat([found.term, Buffer.alloc(1)]))
    if (!found || Buffer.from(found.first.subarray(0, term.length)).equals(term)) return undefined
    return Buffer.concat([key.subarray(0, 1), found.first])
  }
}

const boundariesOf = (index: string): Sql => verbatim(`${index}_idx`)
