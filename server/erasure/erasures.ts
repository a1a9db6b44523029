import { currentTime, timestamp } from '../current-time.ts'
import type { Queries } from '../db/db.ts'
import { limits } from '../limits.ts'
import { nothing, sql } from '../db/sql.ts'
import type { Erasure } from './schema.ts'

const columns = sql`id, erased_at as "erasedAt", scrubbed_at as "scrubbedAt"`

export const insertErasure = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`insert into erasures (workspace_id, id, erased_at) values (${workspaceId}, ${id}, ${timestamp()})`)

export const findErasure = (db: Queries, workspaceId: string, id: string) =>
  db.one<Erasure>(sql`select ${columns} from erasures where workspace_id = ${workspaceId} and id = ${id}`)

/** Newest first. */
export const listErasures = (
  db: Queries,
  workspaceId: string,
  { before, limit }: { before: string | undefined; limit: number },
) =>
  db.many<Erasure>(
    sql`select ${columns} from erasures where workspace_id = ${workspaceId}
          ${before === undefined ? nothing : sql`and id < ${before}`} order by id desc limit ${limit}`,
  )

export interface Unscrubbed {
  workspaceId: string
  id: string
}

/** Of any workspace: one pass over the files does for all. */
export const unscrubbed = (db: Queries) =>
  db.many<Unscrubbed>(
    sql`select workspace_id as "workspaceId", id from erasures where scrubbed_at is null order by workspace_id, id`,
  )

export const markScrubbed = (tx: Queries, { workspaceId, id }: Unscrubbed) =>
  tx.run(
    sql`update erasures set scrubbed_at = ${timestamp()}
        where workspace_id = ${workspaceId} and id = ${id} and scrubbed_at is null`,
  )

export const forgetOldErasures = (db: Queries) =>
  db.run(sql`delete from erasures where erased_at < ${new Date(currentTime() - limits.erasuresKept).toISOString()}`)
