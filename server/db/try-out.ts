import type { Db, Tx } from './db.ts'

/** Does it, and takes it back: what it resolves to is what would happen. */
export const tryOut = async <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const takeBack = new Error('dry run')
  let outcome: { value: T } | undefined
  await db
    .transaction(async (tx) => {
      outcome = { value: await work(tx) }
      throw takeBack
    })
    .catch((error: unknown) => {
      if (error !== takeBack) throw error
    })
  return outcome!.value
}
