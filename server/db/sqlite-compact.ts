import { verbatim } from './sql.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/**
 * Rewrites search indexes and file, so that nothing deleted is left in unused space: page splits leave copies of rows
 * behind that `secure_delete` never sees, and FTS5 keeps deleted words as boundaries between its pages.
 * Holds the write lock all the while: about a second for 100 MB.
 */
export const compact = (connection: SqliteConnection): void => {
  const indexes = connection.many<{ name: string }>(
    verbatim(`select name from sqlite_schema where sql like 'create virtual table % using fts5 (%'`),
  )
  for (const { name } of indexes)
    // FTS5 leaves an index of one segment as it is: a row that nobody has makes it two
    connection.exec(`
      begin immediate;
      insert into ${name} (rowid, terms) values (0, '0');
      insert into ${name} (${name}) values ('optimize');
      insert into ${name} (${name}, rowid, terms) values ('delete', 0, '0');
      commit`)
  // with it the scrub cannot tell what a page is
  connection.exec('pragma auto_vacuum = none; vacuum')
}
