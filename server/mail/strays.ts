import type { Queries } from '../db/db.ts'
import { nothing, sql } from '../db/sql.ts'
import { forgetRaw } from '../messages/raw.ts'

/** A delivery report about a mail that nobody here has sent: kept whole for the operator, shown to no agent. */
export interface Stray {
  /** Like a message's, which it is not. */
  id: string
  workspaceId: string
  channelId: string | null
  /** In the words of the mail server. */
  reason: string
  size: number
  createdAt: string
}

const select = sql`select id, workspace_id as "workspaceId", channel_id as "channelId", reason, size,
  created_at as "createdAt" from stray_reports`

export const insertStray = (tx: Queries, row: Stray & { key: string }) =>
  tx.run(
    sql`insert into stray_reports (id, workspace_id, channel_id, reason, mail_key, size, created_at)
        values (${row.id}, ${row.workspaceId}, ${row.channelId}, ${row.reason}, ${row.key}, ${row.size}, ${row.createdAt})`,
  )

export const findStray = (db: Queries, id: string) => db.one<Stray>(sql`${select} where id = ${id}`)

/** Newest first. */
export const listStrays = (db: Queries, workspaceId?: string) =>
  db.many<Stray>(
    sql`${select} ${workspaceId === undefined ? nothing : sql`where workspace_id = ${workspaceId}`} order by id desc`,
  )

export const deleteStray = async (tx: Queries, { workspaceId, id }: Pick<Stray, 'workspaceId' | 'id'>) => {
  await forgetRaw(tx, workspaceId, id)
  await tx.run(sql`delete from stray_reports where workspace_id = ${workspaceId} and id = ${id}`)
}
