import type { Config } from '../config.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

/** The database of this configuration, at this program's schema. */
export const openDatabase = async (
  config: Pick<Config, 'dataDir'>,
  { role, onFatal }: { role: 'server' | 'command'; onFatal(error: Error): void },
): Promise<Db> => {
  const db = openSqlite({ dataDir: config.dataDir, role, onFatal })
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}
