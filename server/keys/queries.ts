import { timestamp } from '../current-time.ts'
import type { AgentStatus } from '../agents/schema.ts'
import type { Queries } from '../db/db.ts'
import { list, nothing, sql } from '../db/sql.ts'
import type { Scope } from './caller.ts'

export interface Key {
  id: string
  workspaceId: string
  agentId: string | null
  agentName: string | null
  name: string | null
  scope: Scope
  hint: string
  createdAt: string
  expiresAt: string | null
  revokedAt: string | null
  /** To the minute. */
  lastUsedAt: string | null
}

const columns = sql`k.id, k.workspace_id as "workspaceId", k.agent_id as "agentId", k.name, k.scope, k.hint,
  k.created_at as "createdAt", k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.last_used_at as "lastUsedAt"`

/** With whom it stands for. */
export type KeyInUse = Omit<Key, 'agentName'> & { agentStatus: AgentStatus | null }

export const findByHash = async (db: Queries, hashes: string[]): Promise<Map<string, KeyInUse>> => {
  const rows = await db.many<KeyInUse & { hash: string }>(
    sql`select ${columns}, k.hash, a.status as "agentStatus" from api_keys k left join agents a on a.id = k.agent_id
        where k.hash in (${list(hashes)})`,
  )
  return new Map(rows.map((row) => [row.hash, row]))
}

export const listKeys = (db: Queries, workspaceId?: string) =>
  db.many<Key>(
    sql`select ${columns}, a.name as "agentName" from api_keys k left join agents a on a.id = k.agent_id
        ${workspaceId ? sql`where k.workspace_id = ${workspaceId}` : nothing} order by k.id`,
  )

/** Those that work. */
export const keysPage = (db: Queries, workspaceId: string, page: { after: string | undefined; limit: number }) =>
  db.many<Omit<Key, 'agentName'>>(
    sql`select ${columns} from api_keys k
        where k.workspace_id = ${workspaceId} and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > ${timestamp()})
          ${page.after === undefined ? nothing : sql`and k.id > ${page.after}`} order by k.id limit ${page.limit}`,
  )

export const insertKey = (tx: Queries, key: Omit<Key, 'agentName' | 'revokedAt' | 'lastUsedAt'> & { hash: string }) =>
  tx.run(
    sql`insert into api_keys (id, workspace_id, agent_id, name, scope, hash, hint, created_at, expires_at)
        values (${key.id}, ${key.workspaceId}, ${key.agentId}, ${key.name}, ${key.scope}, ${key.hash}, ${key.hint},
                ${key.createdAt}, ${key.expiresAt})`,
  )

/** The number of keys that this revoked: 0 when there is none with that id or it already was. */
export const revoke = (db: Queries, workspaceId: string, { id, at }: { id: string; at: string }) =>
  db.run(
    sql`update api_keys set revoked_at = ${at}
        where workspace_id = ${workspaceId} and id = ${id} and revoked_at is null`,
  )

export const findKey = (db: Queries, id: string) =>
  db.one<Omit<Key, 'agentName'>>(sql`select ${columns} from api_keys k where k.id = ${id}`)

/** Unless it was noted since `unlessSince`, by another process perhaps. */
export const setLastUsed = (db: Queries, id: string, { at, unlessSince }: { at: string; unlessSince: string }) =>
  db.run(
    sql`update api_keys set last_used_at = ${at}
        where id = ${id} and (last_used_at is null or last_used_at < ${unlessSince})`,
  )
