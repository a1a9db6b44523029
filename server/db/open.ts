import type { Config } from '../config.ts'
import { Refusal } from '../config.ts'
import { continueClock } from '../clock.ts'
import { prepareIndexes } from '../search/indexes.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { asLibpq, targetOf } from './postgres-url.ts'
import type { openPostgres } from './postgres.ts'
import { countRefusals } from './refusals.ts'
import { sql } from './sql.ts'
import { openSqlite } from './sqlite.ts'
import { whyUnusable } from './unusable.ts'

type Where = Pick<Config, 'dataDir' | 'databaseUrl' | 'databaseConnections' | 'statementTimeout' | 'connectionTimeout'>

interface Who {
  role: 'server' | 'command'
  /** Also opens a database into which a move was begun. */
  isMoving?: boolean
  onFatal(error: Error): void
}

/** The database of this configuration, at this program's schema. Throws a Refusal when it cannot be used. */
export const openDatabase = async (where: Where, { role, isMoving = false, onFatal }: Who): Promise<Db> => {
  if (where.databaseUrl !== '') {
    // loaded here: who has no PostgreSQL needs no client of it
    const { openPostgres } = await import('./postgres.ts')
    await preparePostgres(openPostgres, where, isMoving)
    const db = openPostgres(optionsOf(where, role))
    return role === 'server' ? countRefusals(db) : db
  }
  const db = openSqlite({ dataDir: where.dataDir, role, onFatal })
  try {
    await migrate(db, undefined, { isMoving })
    await prepareIndexes(db)
    await continueClock(db)
    return role === 'server' ? countRefusals(db) : db
  } catch (error) {
    await db.close()
    throw error
  }
}

/** With a command's patience: a change of the schema may take long, and other processes wait for it. */
const preparePostgres = async (open: typeof openPostgres, where: Where, isMoving: boolean): Promise<void> => {
  const target = await targetOf(where.databaseUrl)
  const db = open({ ...optionsOf(where, 'command'), connectionTimeout: 10_000 })
  try {
    const encoding = await db.one<{ server_encoding: string }>(sql`show server_encoding`)
    if (encoding?.server_encoding !== 'UTF8')
      throw new Refusal(
        `The database ${target.database} has the encoding ${encoding?.server_encoding}. ` +
          "Make one that can hold every text: create database … encoding 'UTF8' template template0",
      )
    await migrate(db, undefined, { isMoving })
    await prepareIndexes(db)
    await continueClock(db)
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(whyUnusable(error, target))
  } finally {
    await db.close()
  }
}

const anHour = 3_600_000

/** Nobody waits for a command as for an answer: it may look at everything there is, and its rows wait for their turn. */
const ofCommands = { statementTimeout: anHour, connectionTimeout: anHour }

const optionsOf = (where: Where, role: Who['role']) => ({
  url: asLibpq(where.databaseUrl),
  // one after another, so that the mails of an import are threaded and numbered in their order
  connections: role === 'server' ? where.databaseConnections : 1,
  statementTimeout: where.statementTimeout,
  connectionTimeout: where.connectionTimeout,
  ...(role === 'command' ? ofCommands : {}),
})
