import type { Db, Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { held, skipLocked, timeAfter } from '../db/spelling.ts'
import { list, nothing, sql } from '../db/sql.ts'

export interface Job {
  id: string
  workspaceId: string
  kind: string
  /** What it is about, a message perhaps. */
  subjectId: string
  /** What it was claimed from. */
  queue: string
  createdAt: string
  /** How often it was taken: whoever took it last has it. */
  tries: number
  failures: number
}

const columns = sql`id, workspace_id as "workspaceId", kind, subject_id as "subjectId", queue, created_at as "createdAt",
  tries, failures`

export type NewJob = Pick<Job, 'kind' | 'subjectId'>

/**
 * Work to be done once this transaction has committed, by any process, even if this one is killed. It begins in the queue
 * without a name, where its worker says which one it belongs in.
 */
export const enqueue = (tx: Queries, workspaceId: string, { kind, subjectId }: NewJob) =>
  tx.run(
    sql`insert into jobs (id, workspace_id, kind, subject_id, created_at, due_at)
        values (${newId('job')}, ${workspaceId}, ${kind}, ${subjectId}, ${timeAfter(tx)}, ${timeAfter(tx)})`,
  )

const isPaused = (db: Queries, queue: ReturnType<typeof sql>) =>
  sql`exists (select 1 from paused_queues p where p.queue = ${queue} and p.paused_until > ${timeAfter(db)})`

export const isPausedNow = async (db: Queries, queue: string): Promise<boolean> =>
  (await db.one(sql`select 1 as one where ${isPaused(db, sql`${queue}`)}`)) !== undefined

/** Queues that have something due and are not paused, by name. Looks at one or two rows of each queue, however long it is. */
export const dueQueues = async (db: Queries): Promise<string[]> => {
  const rows = await db.many<{ queue: string }>(
    sql`with recursive queues (queue) as (
          select min(queue) from jobs
          union all
          select (select min(j.queue) from jobs j where j.queue > queues.queue) from queues where queues.queue is not null)
        select queue from queues
        where queue is not null and not ${isPaused(db, sql`queues.queue`)}
          and (select min(j.due_at) from jobs j where j.queue = queues.queue) <= ${timeAfter(db)}`,
  )
  return rows.map(({ queue }) => queue)
}

interface Turn {
  queue: string
  /** The workspace that was served before. */
  after: string
}

/** The first workspace behind the one that was served before that has something due. */
const nextWorkspace = async (db: Queries, { queue, after }: Turn): Promise<string | undefined> => {
  const row = await db.one<{ workspaceId: string }>(
    sql`with recursive workspaces (id) as (
          select min(workspace_id) from jobs where queue = ${queue} and workspace_id > ${after}
          union all
          select (select min(j.workspace_id) from jobs j where j.queue = ${queue} and j.workspace_id > workspaces.id)
          from workspaces where workspaces.id is not null)
        select id as "workspaceId" from workspaces
        where id is not null and not ${isPaused(db, sql`${queue}`)}
          and (select min(j.due_at) from jobs j where j.queue = ${queue} and j.workspace_id = workspaces.id) <= ${timeAfter(db)}
        limit 1`,
  )
  return row?.workspaceId
}

/** Takes the oldest job that is due of the workspace whose turn it is; no two processes get the same. */
export const claim = async (db: Db, { queue, after, lease }: Turn & { lease: number }): Promise<Job | undefined> => {
  const workspaceId =
    (await nextWorkspace(db, { queue, after })) ?? (after && (await nextWorkspace(db, { queue, after: '' })))
  if (!workspaceId) return undefined
  return db.transaction((tx) =>
    tx.one<Job>(
      sql`update jobs set due_at = ${timeAfter(tx, lease)}, tries = tries + 1, is_waiting = 0
          where id in (select id from jobs where queue = ${queue} and workspace_id = ${workspaceId}
                         and due_at <= ${timeAfter(tx)} order by due_at, id limit 1 ${skipLocked(tx)})
          returning ${columns}`,
    ),
  )
}

/** Whether it is still ours: its lease may have ended, and another process may have taken it. */
export const extend = (db: Queries, { id, tries }: Job, lease: number) =>
  db.run(sql`update jobs set due_at = ${timeAfter(db, lease)} where id = ${id} and tries = ${tries}`)

/** Due at once, in the queue that it belongs in. */
export const moveTo = (db: Queries, { id, tries }: Job, queue: string) =>
  db.run(sql`update jobs set queue = ${queue}, due_at = ${timeAfter(db)} where id = ${id} and tries = ${tries}`)

interface Again {
  /** Milliseconds. */
  wait: number
  failures: number
  error: string
  /** Whether it waits for something to be set up; `hurry` then makes it due. */
  isWaiting: boolean
}

export const postpone = (db: Queries, { id, tries }: Job, { wait, failures, error, isWaiting }: Again) =>
  db.run(
    sql`update jobs set due_at = ${timeAfter(db, wait)}, failures = ${failures}, last_error = ${error},
          is_waiting = ${isWaiting ? 1 : 0}
        where id = ${id} and tries = ${tries}`,
  )

/** Why something waits, and until when; all null where it does not. */
export interface Delay {
  /** How often it was tried in vain. */
  attempts: number | null
  lastError: string | null
  nextAttemptAt: string | null
}

/** Of jobs of a kind that are not done, by their subjects. */
export const delaysOf = async (
  db: Queries,
  workspaceId: string,
  { kind, subjectIds }: { kind: string; subjectIds: string[] },
): Promise<Map<string, Delay>> => {
  const rows = await db.many<Delay & { subjectId: string }>(
    sql`select j.subject_id as "subjectId", j.failures as attempts, coalesce(p.reason, j.last_error) as "lastError",
          case when p.paused_until > j.due_at then p.paused_until else j.due_at end as "nextAttemptAt"
        from jobs j left join paused_queues p on p.queue = j.queue and p.paused_until > ${timeAfter(db)}
        where j.workspace_id = ${workspaceId} and j.kind = ${kind} and j.subject_id in (${list(subjectIds)})`,
  )
  return new Map(
    rows.map(({ subjectId, attempts, lastError, nextAttemptAt }) => [
      subjectId,
      { attempts, lastError, nextAttemptAt: lastError === null ? null : nextAttemptAt },
    ]),
  )
}

/** Nothing of the queue is claimed for so many milliseconds; what waits in it stays as it is. */
export const pause = (tx: Queries, { queue, wait, reason }: { queue: string; wait: number; reason: string }) =>
  tx.run(
    sql`insert into paused_queues (queue, paused_until, reason) values (${queue}, ${timeAfter(tx, wait)}, ${reason})
        on conflict (queue) do update set paused_until = excluded.paused_until, reason = excluded.reason`,
  )

export const forgetPauses = (db: Queries) =>
  db.run(sql`delete from paused_queues where paused_until <= ${timeAfter(db)}`)

/** What is set up in the workspace does not change before this transaction ends; whoever changes it now is waited for. */
export const lockSetup = (tx: Tx, workspaceId: string) =>
  tx.one(sql`select id from workspaces where id = ${workspaceId} ${held(tx)}`)

/** The job that wakes those of its workspace. Its subject is the workspace. */
export const wakeJobs = 'wake-jobs'

/** Something was set up in this workspace: what waited for it is due, and all of its jobs look for their queues again. */
export const hurry = async (tx: Tx, workspaceId: string): Promise<void> => {
  await lockSetup(tx, workspaceId)
  await enqueue(tx, workspaceId, { kind: wakeJobs, subjectId: workspaceId })
}

/** So few at once that other writers hardly wait. */
const wokenAtOnce = 200

/** Of one workspace, where something was set up; else what waits anywhere, for a process that may have been set up otherwise. */
export const wake = async (db: Db, workspaceId?: string): Promise<void> => {
  const change =
    workspaceId === undefined
      ? sql`due_at = ${timeAfter(db)}, is_waiting = 0 where is_waiting = 1`
      : sql`queue = '', due_at = case when is_waiting = 1 then ${timeAfter(db)} else due_at end, is_waiting = 0
          where workspace_id = ${workspaceId}`
  for (let after: string | undefined = ''; after !== undefined;) {
    const last: { id: string } | undefined = await db.one(
      sql`select id from jobs where id > ${after} order by id limit 1 offset ${wokenAtOnce}`,
    )
    await db.run(sql`update jobs set ${change} and id > ${after} ${last ? sql`and id <= ${last.id}` : nothing}`)
    after = last?.id
  }
}

/** It was done. Resolves to 0 where another process, which had taken it since, has said so already. */
export const finish = (tx: Queries, { id }: Job) => tx.run(sql`delete from jobs where id = ${id}`)

/** It was not done, and never will be. Resolves to 0 where it is not ours any more: another process may yet do it. */
export const abandon = (tx: Queries, { id, tries }: Job) =>
  tx.run(sql`delete from jobs where id = ${id} and tries = ${tries}`)
