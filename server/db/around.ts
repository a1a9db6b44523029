import type { Db } from './db.ts'

type Around = <T>(kind: 'read' | 'write', work: () => Promise<T>) => Promise<T>

/** The same database; each question and each transaction is done by `does`. */
export const around = (db: Db, does: Around): Db => ({
  ...db,
  one: (query) => does('read', () => db.one(query)),
  many: (query) => does('read', () => db.many(query)),
  manyApart: (query, whose) => does('read', () => db.manyApart(query, whose)),
  run: (query) => does('write', () => db.run(query)),
  transaction: (fn) => does('write', () => db.transaction(fn)),
})
