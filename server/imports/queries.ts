import { currentTime, timestamp } from '../current-time.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import { limits } from '../limits.ts'
import type { Db, Queries } from '../db/db.ts'
import { isAlone } from '../db/locks.ts'
import { timeAfter } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import type { Field } from './columns.ts'
import { noneLeftOut, type Includable } from './left-out.ts'
import type { Import } from './schema.ts'

const columns = sql`id, name, kind, status, reason, items_read as "read", stored, already_there as "alreadyThere", failed,
  left_out as "leftOut", updated, contacts, conversations, bytes_read as "bytesRead", bytes, problems,
  unused_columns as "unusedColumns", columns,
  created_at as "createdAt", finished_at as "finishedAt"`

type Json = 'problems' | 'unusedColumns' | 'leftOut' | 'columns'
type Row = Omit<Import, Json> & Record<Exclude<Json, 'columns'>, string> & { columns: string | null }

const fromRow = (row: Row): Import => ({
  ...row,
  problems: JSON.parse(row.problems) as Import['problems'],
  unusedColumns: JSON.parse(row.unusedColumns) as string[],
  leftOut: { ...noneLeftOut, ...(JSON.parse(row.leftOut) as Import['leftOut']) },
  columns: row.columns === null ? null : (JSON.parse(row.columns) as Import['columns']),
})

/** What else was asked for. */
export interface ImportSettings {
  include: Includable[]
  update: boolean
  map: Record<string, Field | null>
}

export interface NewImport extends Pick<Import, 'id' | 'name' | 'kind' | 'bytes' | 'columns'> {
  own: string[]
  conversationStatus: ConversationStatus
  settings: ImportSettings
}

export const insertImport = async (
  tx: Queries,
  workspaceId: string,
  { id, name, kind, bytes, own, conversationStatus, settings, columns: found }: NewImport,
): Promise<Import> => {
  const row = await tx.one<Row>(
    sql`insert into import_files (workspace_id, id, name, kind, own, settings, columns, conversation_status, status, bytes,
          held_until, created_at)
        values (${workspaceId}, ${id}, ${name}, ${kind}, ${JSON.stringify(own)}, ${JSON.stringify(settings)},
          ${found && JSON.stringify(found)}, ${conversationStatus}, ${found ? 'REVIEW' : 'WAITING'}, ${bytes},
          ${timeAfter(tx)}, ${timestamp()})
        returning ${columns}`,
  )
  return fromRow(row!)
}

export const findImport = async (db: Queries, workspaceId: string, id: string) => {
  const row = await db.one<Row>(
    sql`select ${columns} from import_files where workspace_id = ${workspaceId} and id = ${id}`,
  )
  return row && fromRow(row)
}

/** The columns of a CSV are confirmed: it may run. Undefined where it does not wait for that. */
export const confirmImport = async (
  tx: Queries,
  workspaceId: string,
  { id, settings }: { id: string; settings: ImportSettings },
) => {
  const row = await tx.one<Row>(
    sql`update import_files set status = 'WAITING', columns = null, settings = ${JSON.stringify(settings)}
        where workspace_id = ${workspaceId} and id = ${id} and status = 'REVIEW' returning ${columns}`,
  )
  return row && fromRow(row)
}

/** Resolves to 0 where it does not wait for a review. */
export const discardImport = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`delete from import_files where workspace_id = ${workspaceId} and id = ${id} and status = 'REVIEW'`)

/** Newest first. */
export const listImports = async (
  db: Queries,
  workspaceId: string,
  { before, limit }: { before: string | undefined; limit: number },
) => {
  const rows = await db.many<Row>(
    sql`select ${columns} from import_files where workspace_id = ${workspaceId}
          ${before === undefined ? nothing : sql`and id < ${before}`} order by id desc limit ${limit}`,
  )
  return rows.map(fromRow)
}

/** An import that is to be run, as whoever has its file knows it. */
export interface Unfinished {
  id: string
  workspaceId: string
  name: string
  status: Import['status']
  /** JSON, as `settings` is (`ImportSettings`). */
  own: string
  settings: string
  createdAt: string
  conversationStatus: ConversationStatus
  /** 1 while somebody runs it, or it waits for its next try. */
  isHeld: number
  /** How often it was begun: whoever began it last has it. */
  tries: number
  /** How often it ended by itself before its end. */
  stops: number
}

const unfinished = (db: Queries) => sql`id, workspace_id as "workspaceId", name, status, own, settings,
  created_at as "createdAt", conversation_status as "conversationStatus",
  case when held_until > ${timeAfter(db)} then 1 else 0 end as "isHeld", tries, stops`

/** Of any workspace: a file names none. */
export const findUnfinished = (db: Queries, id: string) =>
  db.one<Unfinished>(sql`select ${unfinished(db)} from import_files where id = ${id} and finished_at is null`)

/** Begins an import, unless somebody holds it or another one of its workspace runs. */
export const beginImport = (db: Db, { id, workspaceId }: Unfinished, lease: number) =>
  db.transaction(async (tx) => {
    if (!(await isAlone(tx, `imports of ${workspaceId}`))) return undefined
    return tx.one<Unfinished>(
      sql`update import_files set status = 'RUNNING', reason = null, held_until = ${timeAfter(tx, lease)}, tries = tries + 1
          where workspace_id = ${workspaceId} and id = ${id} and finished_at is null and held_until <= ${timeAfter(tx)}
            and not exists (select 1 from import_files r where r.workspace_id = ${workspaceId} and r.status = 'RUNNING'
                              and r.held_until > ${timeAfter(tx)})
          returning ${unfinished(tx)}`,
    )
  })

/** Resolves to 0 when somebody else has begun it since. */
export const holdImport = (db: Queries, { id, workspaceId, tries }: Unfinished, lease: number) =>
  db.run(
    sql`update import_files set held_until = ${timeAfter(db, lease)}
        where workspace_id = ${workspaceId} and id = ${id} and tries = ${tries} and finished_at is null`,
  )

interface Pause {
  /** Milliseconds. */
  wait: number
  reason: string | null
  stops: number
}

/** Somebody begins it again, not before `wait` is over. */
export const pauseImport = (db: Queries, { id, workspaceId, tries }: Unfinished, { wait, reason, stops }: Pause) =>
  db.run(
    sql`update import_files set status = 'WAITING', held_until = ${timeAfter(db, wait)}, reason = ${reason}, stops = ${stops}
        where workspace_id = ${workspaceId} and id = ${id} and tries = ${tries} and finished_at is null`,
  )

type State = Pick<
  Import,
  | 'read'
  | 'stored'
  | 'alreadyThere'
  | 'failed'
  | 'leftOut'
  | 'updated'
  | 'contacts'
  | 'conversations'
  | 'bytesRead'
  | 'problems'
  | 'unusedColumns'
>

/** How far it is. Resolves to 0 when somebody else has begun it since. */
export const setState = (db: Queries, { id, workspaceId, tries }: Unfinished, state: State) =>
  db.run(
    sql`update import_files set items_read = ${state.read}, stored = ${state.stored}, already_there = ${state.alreadyThere},
          failed = ${state.failed}, left_out = ${JSON.stringify(state.leftOut)}, updated = ${state.updated},
          contacts = ${state.contacts}, conversations = ${state.conversations},
          bytes_read = ${state.bytesRead}, problems = ${JSON.stringify(state.problems)},
          unused_columns = ${JSON.stringify(state.unusedColumns)}
        where workspace_id = ${workspaceId} and id = ${id} and tries = ${tries} and finished_at is null`,
  )

/** With a reason it has failed. Resolves to 0 where it is not as it was: somebody else has begun or confirmed it since. */
export const finishImport = (db: Queries, { id, workspaceId, tries, status }: Unfinished, reason: string | null) =>
  db.run(
    sql`update import_files set status = ${reason === null ? 'DONE' : 'FAILED'}, reason = ${reason},
          finished_at = ${timestamp()}
        where workspace_id = ${workspaceId} and id = ${id} and tries = ${tries} and status = ${status}
          and finished_at is null`,
  )

/** How long nobody held it, when its file is taken for lost; milliseconds. */
const lost = 10 * 60_000

/** The machine that had the file is gone. */
export const failLostImports = (db: Queries) =>
  db.run(
    sql`update import_files set status = 'FAILED', finished_at = ${timestamp()},
          reason = 'The server that had the file is gone. Send the file again: nothing is stored twice.'
        where finished_at is null and held_until < ${timeAfter(db, -lost)}`,
  )

export const forgetOldImports = (db: Queries) =>
  db.run(
    sql`delete from import_files where finished_at < ${new Date(currentTime() - limits.importLifetime).toISOString()}`,
  )
