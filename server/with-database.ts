import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Given } from './command.ts'
import { Refusal } from './config.ts'
import type { Db } from './db/db.ts'
import { openDatabase } from './db/open.ts'
import { databaseName } from './db/sqlite.ts'
import { findWorkspace, type Workspace } from './workspaces/queries.ts'

/** Opens the database for one command, beside a server or without one. Throws a Refusal when there is none. */
export const withDatabase = <T>(given: Given, work: (db: Db) => Promise<T>): Promise<T> => {
  const { dataDir, databaseUrl } = given.config
  if (databaseUrl === '' && !existsSync(join(dataDir, databaseName)))
    throw new Refusal(
      `There is no database in ${dataDir}. Start the server once, or set DATA_DIR to the folder that has it.`,
    )
  return withNewDatabase(given, work)
}

/** The same, and makes the database where there is none. */
export const withNewDatabase = async <T>({ config }: Given, work: (db: Db) => Promise<T>): Promise<T> => {
  const db = await openDatabase(config, {
    role: 'command',
    onFatal: (error) => {
      process.stderr.write(`The disk failed: ${error.message}\n`)
      process.exit(1)
    },
  })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** The workspace that --workspace names. */
export const workspaceOf = async (db: Db, given: Given): Promise<Workspace> => {
  const id = given.text('workspace') ?? ''
  const found = await findWorkspace(db, id)
  if (!found) throw new Refusal(`There is no workspace ${id}: "workspaces list" shows them.`)
  return found
}
