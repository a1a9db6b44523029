import type { Row } from './db.ts'
import { type Sql, sql, verbatim } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'

const begin = verbatim('begin')
const commit = verbatim('commit')

/**
 * A server's read connection. What is read in one turn of the event loop shares a read transaction: SQLite takes file
 * locks for each one, and that costs more than most reads.
 */
export class Reader {
  readonly #connection: SqliteConnection
  #isHeld = false
  #ending: NodeJS.Immediate | undefined

  /** `cache`: KiB of pages that it keeps. */
  constructor(file: string, cache: number) {
    this.#connection = new SqliteConnection(file, { synchronous: 'normal', readOnly: true, cache })
  }

  one<T extends Row>(query: Sql): T | undefined {
    this.#begin()
    return this.#connection.one(query)
  }

  many<T extends Row>(query: Sql): T[] {
    this.#begin()
    return this.#connection.many(query)
  }

  /** Keeps reads on the state of now; the function it returns lets them go on. */
  hold(): () => void {
    // a read transaction begins with its first read
    this.one(sql`select count(*) as n from sqlite_schema`)
    this.#isHeld = true
    return () => {
      this.#isHeld = false
      this.#end()
    }
  }

  close(): void {
    clearImmediate(this.#ending)
    this.#end()
    this.#connection.close()
  }

  #begin(): void {
    if (this.#connection.isTransaction) return
    this.#connection.run(begin)
    this.#ending = setImmediate(() => this.#end())
  }

  #end(): void {
    if (!this.#isHeld && this.#connection.isTransaction) this.#connection.run(commit)
  }
}
