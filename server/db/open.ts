import type { Config } from '../config.ts'
import { Refusal } from '../config.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

type Where = Pick<Config, 'dataDir' | 'databaseUrl' | 'databaseConnections' | 'statementTimeout' | 'connectionTimeout'>

interface Who {
  role: 'server' | 'command'
  /** Also opens a database into which a move was begun. */
  isMoving?: boolean
  onFatal(error: Error): void
}

/** The database of this configuration, at this program's schema. */
export const openDatabase = async (where: Where, { role, isMoving = false, onFatal }: Who): Promise<Db> => {
  const db = where.databaseUrl === '' ? openSqlite({ dataDir: where.dataDir, role, onFatal }) : postgresOf(where, role)
  try {
    await migrate(db, undefined, { isMoving })
    return db
  } catch (error) {
    await db.close()
    if (where.databaseUrl === '' || error instanceof Refusal) throw error
    throw new Refusal(`The database of DATABASE_URL cannot be used: ${causeOf(error)}.`)
  }
}

const anHour = 3_600_000
/** Nobody waits for a command as for an answer: it may look at everything there is, and be patient. */
const ofCommands = { statementTimeout: anHour, connectionTimeout: 10_000 }

const postgresOf = (
  { databaseUrl, databaseConnections, statementTimeout, connectionTimeout }: Where,
  role: Who['role'],
) =>
  openPostgres({
    url: databaseUrl,
    // one after another, so that the mails of an import are threaded and numbered in their order
    connections: role === 'server' ? databaseConnections : 1,
    ...(role === 'server' ? { statementTimeout, connectionTimeout } : ofCommands),
  })

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause ? error.cause : error
  return cause instanceof Error ? cause.message || String(cause) : String(cause)
}
