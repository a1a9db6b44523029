import type { Db, Queries } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { skipLocked } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'

export interface Job {
  id: string
  workspaceId: string
  kind: string
  /** What it is about, a message perhaps. */
  subjectId: string
  createdAt: string
  /** How often it was taken: whoever took it last has it. */
  tries: number
  failures: number
}

const columns = sql`id, workspace_id as "workspaceId", kind, subject_id as "subjectId", created_at as "createdAt",
  tries, failures`

export type NewJob = Pick<Job, 'kind' | 'subjectId'>

/** Work to be done once this transaction has committed, by any process, even if this one is killed. */
export const enqueue = (tx: Queries, workspaceId: string, { kind, subjectId }: NewJob) => {
  const now = new Date().toISOString()
  return tx.run(
    sql`insert into jobs (id, workspace_id, kind, subject_id, created_at, due_at)
        values (${newId('job')}, ${workspaceId}, ${kind}, ${subjectId}, ${now}, ${now})`,
  )
}

export const isAnyDue = async (db: Queries, now: string) =>
  (await db.one(sql`select id from jobs where due_at <= ${now} limit 1`)) !== undefined

interface Claim {
  now: string
  /** When somebody else may take them. */
  until: string
}

/** Takes a job that is due; no two processes get the same. */
export const claim = (db: Db, { now, until }: Claim) =>
  db.transaction((tx) =>
    tx.one<Job>(
      sql`update jobs set due_at = ${until}, tries = tries + 1
          where id in (select id from jobs where due_at <= ${now} order by due_at, id limit 1 ${skipLocked(tx)})
          returning ${columns}`,
    ),
  )

/** Whether it is still ours: its lease may have ended, and another process may have taken it. */
export const extend = (db: Queries, { id, tries }: Job, until: string) =>
  db.run(sql`update jobs set due_at = ${until} where id = ${id} and tries = ${tries}`)

interface Again {
  at: string
  failures: number
  error: string
  /** Whether it waits for something to be set up; `hurry` then makes it due. */
  isWaiting: boolean
}

export const postpone = (db: Queries, { id, tries }: Job, { at, failures, error, isWaiting }: Again) =>
  db.run(
    sql`update jobs set due_at = ${at}, failures = ${failures}, last_error = ${error}, is_waiting = ${isWaiting ? 1 : 0}
        where id = ${id} and tries = ${tries}`,
  )

/** Something was set up, in this workspace or for all: what waited for it is due. */
export const hurry = (db: Queries, workspaceId?: string) =>
  db.run(
    sql`update jobs set due_at = ${new Date().toISOString()}, is_waiting = 0
        where is_waiting = 1 ${workspaceId === undefined ? nothing : sql`and workspace_id = ${workspaceId}`}`,
  )

export const finish = (tx: Queries, { id }: Job) => tx.run(sql`delete from jobs where id = ${id}`)
