import { currentTime, timestamp } from '../current-time.ts'
import { hashOfToken, tokenCharacters } from '../agents/invitations.ts'
import { limits } from '../limits.ts'
import { nest, type Queries } from '../db/db.ts'
import { newId, randomText } from '../db/id.ts'
import { list, nothing, sql } from '../db/sql.ts'
import type { SignedIn } from './schema.ts'

/** By the hashes of their tokens; of somebody who may still be here: not ended, not too old, not disabled. */
export const findSessions = async (db: Queries, hashes: string[]) => {
  const rows = await db.many<{ hash: string }>(
    sql`select s.hash, s.id as "session.id", s.created_at as "session.createdAt", s.expires_at as "session.expiresAt",
          a.id as "agent.id", a.name as "agent.name", a.email as "agent.email", a.role as "agent.role",
          w.id as "workspace.id", w.name as "workspace.name"
        from sessions s join agents a on a.id = s.agent_id join workspaces w on w.id = s.workspace_id
        where s.hash in (${list(hashes)}) and s.expires_at > ${timestamp()} and a.status = 'ACTIVE'`,
  )
  return new Map(rows.map(({ hash, ...row }) => [hash, nest<SignedIn>(row)]))
}

export const findSession = async (db: Queries, token: string): Promise<SignedIn | undefined> => {
  const hash = hashOfToken(token)
  return (await findSessions(db, [hash])).get(hash)
}

export interface NewSession {
  workspaceId: string
  agentId: string
  userAgent: string
}

/** The token is in the answer and nowhere else. */
export const insertSession = async (tx: Queries, { workspaceId, agentId, userAgent }: NewSession) => {
  const token = randomText(tokenCharacters)
  const now = currentTime()
  const createdAt = new Date(now).toISOString()
  await tx.run(
    sql`insert into sessions (id, hash, workspace_id, agent_id, user_agent, created_at, last_used_at, expires_at)
        values (${newId('ses')}, ${hashOfToken(token)}, ${workspaceId}, ${agentId}, ${userAgent}, ${createdAt}, ${createdAt},
          ${new Date(now + limits.sessionLifetime).toISOString()})`,
  )
  return token
}

interface SessionsPage {
  agentId: string
  after: string | undefined
  limit: number
}

interface ListedSession {
  id: string
  createdAt: string
  lastUsedAt: string
  expiresAt: string
  userAgent: string
}

export const listSessions = (db: Queries, { agentId, after, limit }: SessionsPage) =>
  db.many<ListedSession>(
    sql`select id, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt",
          user_agent as "userAgent" from sessions
        where agent_id = ${agentId} and expires_at > ${timestamp()}
          ${after === undefined ? nothing : sql`and id < ${after}`} order by id desc limit ${limit}`,
  )

/** How many this ended: 0 where the agent has none with that id. */
export const endSession = (db: Queries, { agentId, id }: { agentId: string; id: string }) =>
  db.run(sql`delete from sessions where agent_id = ${agentId} and id = ${id}`)

/** Whoever signs in anew from the same browser leaves nothing behind. */
export const endSessionOf = (tx: Queries, token: string) =>
  tx.run(sql`delete from sessions where hash = ${hashOfToken(token)}`)

export const forgetOldSessions = (db: Queries) => db.run(sql`delete from sessions where expires_at <= ${timestamp()}`)

/** Unless it was noted since `unlessSince`, by another process perhaps. */
export const setSessionUsed = (db: Queries, id: string, { at, unlessSince }: { at: string; unlessSince: string }) =>
  db.run(sql`update sessions set last_used_at = ${at} where id = ${id} and last_used_at < ${unlessSince}`)
