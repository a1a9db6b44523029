import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { limits } from '../limits.ts'
import { ApiError } from '../errors.ts'
import type { Db, Queries, Row, Tx } from './db.ts'
import { type Sql, sql, textOf } from './sql.ts'

/** What transactions that met each other are told, or one that waited too long: all of it can simply be done again. */
const conflicts = /^(40(000|001|P01)|23503|23505|55P03|25P03|57P05)$/
const mostTries = 8
/** Milliseconds between two tries, at most. */
const longestWait = 100

const int8 = 20

interface Options {
  url: string
  /** Connections of this process, at most. */
  connections: number
  /** How long a statement may take and how long a request waits for a connection, milliseconds. */
  statementTimeout: number
  connectionTimeout: number
}

/** Opens a PostgreSQL database. Every verb throws `database_unavailable` (503) while it cannot be reached. */
export const openPostgres = ({ url, connections, statementTimeout, connectionTimeout }: Options): Db => {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectionTimeout,
    query_timeout: statementTimeout * 2,
    onConnect: (client) => limitStatements(client, statementTimeout),
    types: {
      // counts and numbers of ours stay far below 2^53
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    },
  })
  // a connection that breaks, in use or not, says so to whoever asks it something; an event that nobody hears would end us
  pool.on('error', () => {}).on('connect', (client) => void client.on('error', (error) => ended.set(client, error)))
  const queries = verbs((query) => repeated(() => read(pool, query)))
  return {
    ...queries,
    manyApart: queries.many,
    transaction: (fn) => repeated(() => once(pool, fn)),
    ready: async () => {
      const state = await pool.query<{ standby: boolean }>('select pg_is_in_recovery() as standby').catch(translate)
      if (state.rows[0]?.standby) throw new Error('the database is a standby and takes no writes')
    },
    tryWrite: async () => {
      await queries.run(
        sql`update migrations set applied_at = applied_at where name = (select min(name) from migrations)`,
      )
    },
    // dead rows go with PostgreSQL's own vacuum
    forget: async () => {},
    figures: async () => ({
      pool: { connections: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    }),
    close: () => pool.end(),
  }
}

/** Why PostgreSQL has ended a connection while nothing was asked of it. */
const ended = new WeakMap<pg.ClientBase, Error>()

/** How long a statement may take, of connections that lead through a pooler. */
const pooled = new WeakMap<pg.ClientBase, number>()

/** A process that hangs in a transaction keeps its locks, and what happened after it began from everybody, until this ends it. */
const idleLimit = `idle_in_transaction_session_timeout = ${limits.transactionIdle}`

/**
 * The limits of a connection's statements and transactions. Not a startup parameter, which poolers refuse; and through a pooler, which
 * gives each transaction another connection, not a setting of the session either. One is recognised by its process
 * number, which is not that of the PostgreSQL process that answers.
 */
const limitStatements = async (client: pg.ClientBase, milliseconds: number): Promise<void> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  if ((client as pg.ClientBase & { processID: number | null }).processID === rows[0]!.pid)
    await client.query(
      `set statement_timeout = ${milliseconds}; set ${idleLimit}; set default_transaction_isolation = 'read committed'`,
    )
  else pooled.set(client, milliseconds)
}

const read = async (pool: pg.Pool, query: Sql): Promise<pg.QueryResult<Row>> => {
  const client = await pool.connect()
  let isDone = false
  try {
    const result = await client.query<Row>(asked(client, query))
    isDone = true
    return result
  } finally {
    // after an error it may be broken, or still at work for us
    client.release(!isDone)
  }
}

type Ask = (query: Sql) => Promise<pg.QueryResult<Row>>

const verbs = (ask: Ask): Queries => ({
  engine: 'postgres',
  one: async <T extends Row>(query: Sql) => (await ask(query)).rows[0] as T | undefined,
  many: async <T extends Row>(query: Sql) => (await ask(query)).rows as T[],
  run: async (query) => (await ask(query)).rowCount ?? 0,
})

/** After a conflict again, a little later, so that those who met do not meet each time. */
const repeated = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!conflicts.test(codeOf(error)) || tries === mostTries) return translate(error)
      await sleep(Math.random() * Math.min(longestWait, 2 ** tries))
    }
  }
}

/** A row that another one has changed is read as it is now: what is written here counts on it, whatever the operator's default. */
const begin = 'begin isolation level read committed'

const once = async <T>(pool: pg.Pool, fn: (tx: Tx) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const limit = pooled.get(client)
    await client.query(
      limit === undefined ? begin : `${begin}; set local statement_timeout = ${limit}; set local ${idleLimit}`,
    )
    const { tx, end } = openTx(client)
    const value = await fn(tx)
    await end()
    await client.query('commit')
    return value
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure))
    // of a connection that ended before, the client says only that it did
    throw codeOf(error) === '' && !(error instanceof ApiError) ? (ended.get(client) ?? error) : error
  } finally {
    client.release(broken)
  }
}

const openTx = (client: pg.PoolClient): { tx: Tx; end(): Promise<void> } => {
  const endings: Sql[] = []
  let open = true
  const ask: Ask = async (query) => {
    if (!open) throw new Error('this transaction has ended: its function must await every verb that it calls')
    return client.query<Row>(asked(client, query))
  }
  const end = async () => {
    for (const ending of endings) await ask(ending)
    open = false
  }
  return { tx: { ...verbs(ask), atCommit: (query) => void endings.push(query) }, end }
}

interface Named {
  name: string
  text: string
}

const statements = new WeakMap<readonly string[], Named>()

/**
 * The same text is parsed and planned once for each connection. Through a pooler it is each time anew, because the
 * connection behind it may not have seen it.
 */
const asked = (client: pg.ClientBase, query: Sql): pg.QueryConfig & { query_timeout?: number } => {
  const { name, text } = named(query)
  const values = query.values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))
  const limit = pooled.get(client)
  return limit === undefined ? { name, text, values } : { text, values, query_timeout: limit }
}

const named = (query: Sql): Named => {
  let statement = statements.get(query.parts)
  if (!statement) {
    const text = textOf(query, '$')
    statement = { name: createHash('sha256').update(text).digest('base64url').slice(0, 40), text }
    statements.set(query.parts, statement)
  }
  return statement
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

// starting up or shutting down, connection lost or refused, too many, not let in, disk full, standby, took too long
const unavailable =
  /^(57P0[1-5]|57014|25P04|08\w{3}|28\w{3}|3D000|53\w{3}|25006|58\w{3}|ECONN\w+|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN)$/
const unavailableText = /^(Connection terminated|timeout exceeded|Query read timeout|Client has encountered)/

const translate = (error: unknown): never => {
  const isAway = unavailable.test(codeOf(error)) || (error instanceof Error && unavailableText.test(error.message))
  if (isAway) throw new ApiError('database_unavailable', {}, error)
  // two that are the same each time are a fault of ours
  const isBusy = conflicts.test(codeOf(error)) && codeOf(error) !== '23505'
  throw isBusy ? new ApiError('database_busy', {}, error) : error
}
