import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { sql } from '../db/sql.ts'
import type { Setup, WorkspaceChanges, WorkspaceSettings } from './schema.ts'

export interface Workspace {
  id: string
  name: string
  createdAt: string
}

const columns = sql`id, name, created_at as "createdAt"`

export const listWorkspaces = (db: Queries) => db.many<Workspace>(sql`select ${columns} from workspaces order by seq`)

export const findWorkspace = (db: Queries, id: string) =>
  db.one<Workspace>(sql`select ${columns} from workspaces where id = ${id}`)

export const hasOtherWorkspaces = async (db: Queries, id: string): Promise<boolean> =>
  (await db.one(sql`select id from workspaces where id <> ${id} limit 1`)) !== undefined

export const createWorkspace = async (tx: Tx, name: string): Promise<Workspace> => {
  const workspace = { id: newId('wrk'), name, createdAt: timestamp() }
  await tx.run(
    sql`insert into workspaces (id, name, created_at) values (${workspace.id}, ${name}, ${workspace.createdAt})`,
  )
  return workspace
}

/** How many of the newest conversations are looked at for one that a customer began: an import may have brought a million. */
const newest = 200

/** Whether a new workspace has what it needs. */
const setupOf = async (db: Queries, id: string): Promise<Setup> => {
  const row = await db.one(
    sql`select
          exists (select 1 from channels where workspace_id = ${id} and deleted_at is null) as "hasChannel",
          exists (select 1 from (select source from conversations where workspace_id = ${id} and status <> 'ARCHIVED'
                                 order by activity_at desc, id desc limit ${newest}) n
                  where source in ('EMAIL', 'CHAT', 'FORM')) as "hasMessage",
          (select count(*) from agents where workspace_id = ${id} and email_key is not null) > 1 as "hasColleague",
          exists (select 1 from import_files where workspace_id = ${id})
            or exists (select 1 from imports where workspace_id = ${id}) as "hasImport"`,
  )
  const setup = Object.entries(row!).map(([name, value]) => [name, Boolean(value)])
  return Object.fromEntries(setup) as Setup
}

export const findSettings = async (db: Queries, workspaceId: string): Promise<WorkspaceSettings> => {
  const { id, name, setupEndedAt } = (await db.one<Workspace & { setupEndedAt: string | null }>(
    sql`select id, name, setup_ended_at as "setupEndedAt" from workspaces where id = ${workspaceId}`,
  ))!
  return { id, name, setup: setupEndedAt === null ? await setupOf(db, id) : null }
}

export const changeWorkspace = async (tx: Tx, id: string, { name, isSetUp }: WorkspaceChanges): Promise<void> => {
  if (name !== undefined) await tx.run(sql`update workspaces set name = ${name} where id = ${id}`)
  if (isSetUp)
    await tx.run(sql`update workspaces set setup_ended_at = ${timestamp()} where id = ${id} and setup_ended_at is null`)
}
