import type { Tx } from './db.ts'
import { sql } from './sql.ts'

// All are held until the transaction ends. SQLite's writers are alone anyway.

/** False while another transaction has the name. Two names that share a hash only wait for each other. */
export const isAlone = async (tx: Tx, name: string): Promise<boolean> => {
  if (tx.engine === 'sqlite') return true
  const lock = await tx.one<{ isOurs: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as "isOurs"`,
  )
  return lock!.isOurs
}

/** Waits for whoever has the name. */
export const waitAlone = async (tx: Tx, name: string): Promise<void> => {
  if (tx.engine === 'postgres') await tx.one(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`)
}

/** For changes of the schema and the first start; the others wait. */
export const oneProcessAtATime = async (tx: Tx): Promise<void> => {
  if (tx.engine === 'postgres') await tx.one(sql`select pg_advisory_xact_lock(${7_236_911})`)
}
