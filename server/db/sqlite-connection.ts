import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Row } from './db.ts'
import { textOf, type Sql, type Value } from './sql.ts'

const resultCodes = { busy: 5, readonly: 8, ioError: 10, full: 13, cannotOpen: 14 } as const
const ioErrorFsync = 1034

const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0

/** SQLite keeps the extended code; its lowest byte is the kind. */
export const isBusy = (error: unknown): boolean => (codeOf(error) & 0xff) === resultCodes.busy

export const isFailedSync = (error: unknown): boolean => codeOf(error) === ioErrorFsync

/** The disk or the file system refused, not the statement. */
export const isStorageFailure = (error: unknown): boolean => {
  const { readonly, ioError, full, cannotOpen } = resultCodes
  return [readonly, ioError, full, cannotOpen].some((code) => code === (codeOf(error) & 0xff))
}

// node:sqlite binds JavaScript numbers as REAL, which FTS5 and LIMIT do not take for a rowid
const bind = (value: Value) => (Number.isInteger(value) ? BigInt(value as number) : value)

// macOS otherwise syncs into the disk's cache, as Node.js's own fsync does not
const platformPragmas = (): string =>
  process.platform === 'darwin' ? 'pragma fullfsync = on; pragma checkpoint_fullfsync = on;' : ''

interface Prepared {
  statement: StatementSync
  names: string[]
}

interface Options {
  synchronous: 'normal' | 'full'
  readOnly?: boolean
  /** Off only for whoever writes to a search index's own tables. */
  defensive?: boolean
  /** Pages that it keeps in memory, KiB. */
  cache?: number
}

/** One synchronous connection with its prepared statements. */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #statements = new WeakMap<readonly string[], Prepared>()

  constructor(file: string, { readOnly = false, defensive = true, synchronous, cache = 8000 }: Options) {
    this.#database = new DatabaseSync(file, { timeout: 0, readOnly, defensive })
    if (!readOnly) this.exec('pragma journal_mode = wal')
    this.exec(`
      pragma synchronous = ${synchronous};
      pragma wal_autocheckpoint = 0;
      pragma journal_size_limit = ${64 * 1024 * 1024};
      pragma secure_delete = on;
      pragma foreign_keys = on;
      pragma cache_size = -${cache};
      pragma temp_store = memory;
      ${platformPragmas()}
    `)
    this.#assertSettings(synchronous)
  }

  #assertSettings(synchronous: 'normal' | 'full') {
    const expected = {
      journal_mode: 'wal',
      synchronous: synchronous === 'full' ? 2 : 1,
      wal_autocheckpoint: 0,
      secure_delete: 1,
    }
    for (const [name, value] of Object.entries(expected)) {
      const found = this.pragma(name)
      if (found !== value) throw new Error(`SQLite did not take pragma ${name} = ${value}: it says ${found}`)
    }
  }

  /** The single value that a pragma answers. */
  pragma(name: string): unknown {
    return Object.values(this.#database.prepare(`pragma ${name}`).get() ?? {})[0]
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction
  }

  exec(text: string): void {
    this.#database.exec(text)
  }

  one<T extends Row>(query: Sql): T | undefined {
    const { statement, names } = this.#prepare(query)
    const values = statement.get(...query.values.map(bind)) as unknown[] | undefined
    return values && (rowOf(names, values) as T)
  }

  many<T extends Row>(query: Sql): T[] {
    const { statement, names } = this.#prepare(query)
    return (statement.all(...query.values.map(bind)) as unknown as unknown[][]).map(
      (values) => rowOf(names, values) as T,
    )
  }

  run(query: Sql): number {
    return Number(this.#prepare(query).statement.run(...query.values.map(bind)).changes)
  }

  close(): void {
    this.#database.close()
  }

  #prepare(query: Sql): Prepared {
    let prepared = this.#statements.get(query.parts)
    if (!prepared) {
      const statement = this.#database.prepare(textOf(query, '?'))
      statement.setReturnArrays(true)
      prepared = { statement, names: statement.columns().map(({ name }) => name) }
      this.#statements.set(query.parts, prepared)
    }
    return prepared
  }
}

// the objects that node:sqlite would make are hash tables of their own each, slow to make and to read
const rowOf = (names: string[], values: unknown[]): Row => {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < names.length; i++) row[names[i]!] = values[i]
  return row
}
