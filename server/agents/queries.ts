import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { nothing, sql } from '../db/sql.ts'

export interface Agent {
  id: string
  name: string
  email: string | null
}

const columns = sql`id, name, email`

export const findAgent = (db: Queries, workspaceId: string, id: string) =>
  db.one<Agent>(sql`select ${columns} from agents where workspace_id = ${workspaceId} and id = ${id}`)

export const listAgents = (db: Queries, workspaceId: string, page: { after: string | undefined; limit: number }) =>
  db.many<Agent>(
    sql`select ${columns} from agents where workspace_id = ${workspaceId}
        ${page.after === undefined ? nothing : sql`and id > ${page.after}`} order by id limit ${page.limit}`,
  )

export const findOrCreateAgent = async (tx: Tx, workspaceId: string, name: string): Promise<Agent> => {
  await tx.run(
    sql`insert into agents (id, workspace_id, name, created_at)
        values (${newId('agt')}, ${workspaceId}, ${name}, ${new Date().toISOString()})
        on conflict (workspace_id, name) do nothing`,
  )
  return (await tx.one<Agent>(
    sql`select ${columns} from agents where workspace_id = ${workspaceId} and name = ${name}`,
  ))!
}
