import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import type { Agent, AgentStatus, Role } from './schema.ts'

export type VersionedAgent = Agent & { version: number }
export type AgentRow = VersionedAgent & { workspaceId: string; emailKey: string | null; passwordHash: string | null }

const shown = sql`id, name, email, role, status, version`
const columns = sql`${shown}, workspace_id as "workspaceId", email_key as "emailKey", password_hash as "passwordHash"`

export const findAgent = (db: Queries, workspaceId: string, id: string) =>
  db.one<VersionedAgent>(sql`select ${shown} from agents where workspace_id = ${workspaceId} and id = ${id}`)

/** Of any workspace: for links, which name no other, and for the command line. Nobody else changes it meanwhile. */
export const holdAgent = (tx: Tx, id: string) =>
  tx.one<AgentRow>(sql`select ${columns} from agents where id = ${id} ${held(tx)}`)

export const listAgents = (db: Queries, workspaceId: string, page: { after: string | undefined; limit: number }) =>
  db.many<Agent>(
    sql`select ${shown} from agents where workspace_id = ${workspaceId}
        ${page.after === undefined ? nothing : sql`and id > ${page.after}`} order by id limit ${page.limit}`,
  )

export const listAllAgents = (db: Queries, workspaceId?: string) =>
  db.many<AgentRow>(
    sql`select ${columns} from agents
        ${workspaceId === undefined ? nothing : sql`where workspace_id = ${workspaceId}`} order by id`,
  )

/** Those who can sign in with an address, of every workspace or of one; the one who came first is the first. */
export const findByEmail = (db: Queries, emailKey: string, workspaceId?: string) =>
  db.many<AgentRow>(
    sql`select ${columns} from agents where email_key = ${emailKey} and status = 'ACTIVE' and password_hash is not null
          ${workspaceId === undefined ? nothing : sql`and workspace_id = ${workspaceId}`} order by id`,
  )

export const isTaken = async (
  db: Queries,
  workspaceId: string,
  { id, ...by }: { id: string; name?: string; emailKey?: string | null },
) =>
  (await db.one(
    sql`select id from agents where workspace_id = ${workspaceId} and id <> ${id}
          and ${by.name === undefined ? sql`email_key = ${by.emailKey ?? null}` : sql`name = ${by.name}`}`,
  )) !== undefined

/** The admins who can sign in; until the end of the transaction they stay it. */
export const holdAdmins = (tx: Tx, workspaceId: string) =>
  tx.many<{ id: string }>(
    sql`select id from agents where workspace_id = ${workspaceId} and role = 'ADMIN' and status = 'ACTIVE'
          and password_hash is not null order by id ${held(tx)}`,
  )

export interface NewAgentRow {
  name: string
  email: string | null
  emailKey: string | null
  role: Role
  status: AgentStatus
}

/** Undefined where another agent has the name or the address. */
export const insertAgent = (tx: Queries, workspaceId: string, { name, email, emailKey, role, status }: NewAgentRow) =>
  tx.one<Agent>(
    sql`insert into agents (id, workspace_id, name, email, email_key, role, status, created_at)
        values (${newId('agt')}, ${workspaceId}, ${name}, ${email}, ${emailKey}, ${role}, ${status},
          ${timestamp()})
        on conflict do nothing returning ${shown}`,
  )

export const updateAgent = (tx: Queries, workspaceId: string, row: AgentRow) =>
  tx.run(
    sql`update agents set name = ${row.name}, email = ${row.email}, email_key = ${row.emailKey}, role = ${row.role},
          status = ${row.status}, password_hash = ${row.passwordHash}, version = ${row.version}
        where workspace_id = ${workspaceId} and id = ${row.id}`,
  )

/** Whoever is signed in as this agent no longer is, and links to choose a password are void. */
export const endAccess = async (tx: Queries, workspaceId: string, id: string) => {
  await tx.run(sql`delete from sessions where workspace_id = ${workspaceId} and agent_id = ${id}`)
  await tx.run(sql`delete from invitations where workspace_id = ${workspaceId} and agent_id = ${id}`)
}

export const findOrCreateAgent = async (tx: Tx, workspaceId: string, name: string): Promise<Agent> => {
  await insertAgent(tx, workspaceId, { name, email: null, emailKey: null, role: 'AGENT', status: 'ACTIVE' })
  return (await tx.one<Agent>(sql`select ${shown} from agents where workspace_id = ${workspaceId} and name = ${name}`))!
}
