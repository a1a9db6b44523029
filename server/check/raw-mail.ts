import { currentTime } from '../current-time.ts'
import type { Db } from '../db/db.ts'
import { firstIdAt } from '../db/id.ts'
import { sql } from '../db/sql.ts'
import { forgetUnclaimed, isUnclaimed } from '../messages/raw.ts'
import type { Difference } from './check.ts'

/** A large mail is stored piece by piece before its message: younger ones may still be on their way. */
const anHour = 3_600_000

export const checkRawMail = async (db: Db, repair: boolean): Promise<Difference[]> => [
  ...(await withoutMessage(db, repair)),
  ...(await incomplete(db)),
]

/** Left behind where an import, or the server, was killed in between. */
const withoutMessage = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const since = currentTime() - anHour
  const rows = await db.many<{ workspaceId: string; id: string; bytes: number }>(
    sql`select p.workspace_id as "workspaceId", p.message_id as id, sum(length(p.bytes)) as bytes from mail_pieces p
        where (p.message_id >= 'msg' and p.message_id < ${firstIdAt('msg', since)}
            or p.message_id < ${firstIdAt('fil', since)}) and ${isUnclaimed}
        group by p.workspace_id, p.message_id`,
  )
  if (repair) for (const { workspaceId, id } of rows) await db.transaction((tx) => forgetUnclaimed(tx, workspaceId, id))
  return rows.map(({ workspaceId, id, bytes }) => ({
    table: 'mail_pieces',
    workspaceId,
    id,
    field: 'message',
    stored: `${bytes} bytes of a mail or of files without a message`,
    expected: null,
  }))
}

/** Cannot be mended: what is missing is nowhere else. */
const incomplete = async (db: Db): Promise<Difference[]> => {
  const rows = await db.many<{ workspaceId: string; id: string; size: number; bytes: number }>(
    sql`select k.workspace_id as "workspaceId", k.id, k.size, coalesce(sum(length(p.bytes)), 0) as bytes
        from (select workspace_id, id, mail_size as size from messages where mail_size is not null
              union all
              select workspace_id, id, size from stray_reports
              union all
              select workspace_id, id, size from uploaded_files
              union all
              select workspace_id, message_id, cast(sum(size) as bigint) from attachments where begins_at is not null
              group by workspace_id, message_id) as k
        left join mail_pieces p on p.workspace_id = k.workspace_id and p.message_id = k.id
        group by k.workspace_id, k.id, k.size having coalesce(sum(length(p.bytes)), 0) <> k.size`,
  )
  return rows.map(({ workspaceId, id, size, bytes }) => ({
    table: 'mail_pieces',
    workspaceId,
    id,
    field: 'bytes',
    stored: bytes,
    expected: size,
  }))
}
