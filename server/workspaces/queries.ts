import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { sql } from '../db/sql.ts'

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
