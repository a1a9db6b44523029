import type { Db, Tx } from '../../server/db/db.ts'
import { migrate } from '../../server/db/migrate.ts'
import { openPostgres } from '../../server/db/postgres.ts'
import { openSqlite } from '../../server/db/sqlite.ts'

// node migrate-and-die.ts N: migrates the database of DATABASE_URL or DATA_DIR and kills itself, as kill -9 does, instead
// of running the N-th statement.

const last = Number(process.argv[2])
const { DATABASE_URL: url = '', DATA_DIR: dataDir = '' } = process.env
let statements = 0

const orDie = <T>(run: () => Promise<T>): Promise<T> => {
  if ((statements += 1) === last) process.kill(process.pid, 'SIGKILL')
  return run()
}

const mortal = (tx: Tx): Tx => ({ ...tx, run: (query) => orDie(() => tx.run(query)) })

const db: Db =
  url === ''
    ? openSqlite({
        dataDir,
        role: 'server',
        onFatal: (error) => {
          throw error
        },
      })
    : openPostgres({ url, connections: 1, statementTimeout: 10_000, connectionTimeout: 10_000 })

await migrate({ ...db, transaction: (fn) => db.transaction((tx) => fn(mortal(tx))) })
await db.close()
