import type { Queries } from '../db/db.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'

/** How far an import is: items are rows or mails. */
export interface Progress {
  id: string
  read: number
  stored: number
  duplicates: number
  failed: number
}

/** One that has said nothing for so long was stopped, milliseconds. */
const silence = 60_000

export const setProgress = (db: Queries, workspaceId: string, { id, read, stored, duplicates, failed }: Progress) =>
  db.run(
    sql`insert into imports (workspace_id, id, items_read, stored, duplicates, failed, updated_at)
        values (${workspaceId}, ${id}, ${read}, ${stored}, ${duplicates}, ${failed}, ${timeAfter(db)})
        on conflict (workspace_id, id) do update set items_read = excluded.items_read, stored = excluded.stored,
          duplicates = excluded.duplicates, failed = excluded.failed, updated_at = excluded.updated_at`,
  )

/** Of every workspace. */
export const runningImports = (db: Queries) =>
  db.many<Progress & { workspaceId: string }>(
    sql`select workspace_id as "workspaceId", id, items_read as "read", stored, duplicates, failed from imports
        where updated_at >= ${timeAfter(db, -silence)} order by workspace_id, id`,
  )

/** With those that were stopped. */
export const deleteProgress = (db: Queries, workspaceId: string, id: string) =>
  db.run(
    sql`delete from imports where workspace_id = ${workspaceId} and (id = ${id} or updated_at < ${timeAfter(db, -silence)})`,
  )
