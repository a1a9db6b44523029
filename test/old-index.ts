import type { Db } from '../server/db/db.ts'
import { sql, verbatim } from '../server/db/sql.ts'
import { searchOf } from '../server/search/engine.ts'
import { listIndexes } from '../server/search/indexes.ts'
import { searched } from '../server/search/searched.ts'

/** A database whose rows are still to come, as an older version of the terms left it: all that is written is indexed by version 1. */
export const useFirstVersion = (db: Db): Promise<void> =>
  db.transaction(async (tx) => {
    for (const { version } of await listIndexes(tx)) await searchOf(tx).dropSome(tx, version)
    await tx.run(sql`delete from search_indexes`)
    await searchOf(tx).create(tx, 1)
    await tx.run(sql`insert into search_indexes (version, state, changed_at) values (1, 'ACTIVE', '')`)
  })

/** The schema before indexes had versions. */
export const undoMigration = (db: Db): Promise<void> =>
  db.transaction(async (tx) => {
    const statements = searched.flatMap((name) =>
      db.engine === 'sqlite'
        ? [
            `drop table ${name}_vocabulary_1`,
            `alter table ${name}_terms_1 rename to ${name}_terms`,
            `create virtual table ${name}_vocabulary using fts5vocab(${name}_terms, instance)`,
          ]
        : [
            `alter table ${name}_terms_1 rename to ${name}_terms`,
            `alter index ${name}_terms_1_by_term rename to ${name}_terms_by_term`,
          ],
    )
    for (const statement of [
      ...statements,
      'drop table search_indexes',
      'alter table conversations drop column people',
    ])
      await tx.run(verbatim(statement))
    await tx.run(sql`delete from migrations where name = '036-search-indexes'`)
  })
