import { createHash } from 'node:crypto'
import { currentTime, timestamp } from '../current-time.ts'
import { limits } from '../limits.ts'
import { nest, type Queries, type Tx } from '../db/db.ts'
import { randomText } from '../db/id.ts'
import { sql } from '../db/sql.ts'
import { fail } from '../errors.ts'
import { holdAgent } from './queries.ts'

/** RESET: the agent has a password and wants another. */
type InvitationKind = 'INVITATION' | 'RESET'

/** 256 bits. */
export const tokenCharacters = 43
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** A link for somebody who is told of it by an admin; earlier ones stop working. Throws `agent_disabled` (409). */
export const invite = async (tx: Tx, agentId: string) => {
  const { workspaceId, status, passwordHash } = (await holdAgent(tx, agentId)) ?? fail('agent_not_found')
  if (status === 'DISABLED') fail('agent_disabled')
  await tx.run(sql`delete from invitations where workspace_id = ${workspaceId} and agent_id = ${agentId}`)
  return addInvitation(tx, { workspaceId, agentId, kind: passwordHash === null ? 'INVITATION' : 'RESET' })
}

interface NewInvitation {
  workspaceId: string
  agentId: string
  kind: InvitationKind
}

/** The token is in the answer and nowhere else. */
export const addInvitation = async (tx: Queries, { workspaceId, agentId, kind }: NewInvitation) => {
  const token = randomText(tokenCharacters)
  const now = currentTime()
  const lifetime = kind === 'RESET' ? limits.resetLifetime : limits.invitationLifetime
  const expiresAt = new Date(now + lifetime).toISOString()
  await tx.run(
    sql`insert into invitations (hash, workspace_id, agent_id, kind, created_at, expires_at)
        values (${hashOfToken(token)}, ${workspaceId}, ${agentId}, ${kind}, ${new Date(now).toISOString()}, ${expiresAt})`,
  )
  return { token, expiresAt }
}

export const linkOf = (base: string, { token, expiresAt }: { token: string; expiresAt: string }) => ({
  url: `${base}/invitation/${token}`,
  expiresAt,
})

interface Invitation {
  kind: InvitationKind
  expiresAt: string
  email: string | null
  name: string
  workspace: { id: string; name: string }
}

export const findInvitation = async (db: Queries, token: string) => {
  const row = await db.one(
    sql`select i.kind, i.expires_at as "expiresAt", a.email, a.name, w.id as "workspace.id", w.name as "workspace.name"
        from invitations i join agents a on a.id = i.agent_id join workspaces w on w.id = i.workspace_id
        where i.hash = ${hashOfToken(token)} and i.expires_at > ${timestamp()} and a.status <> 'DISABLED'`,
  )
  return row && nest<Invitation>(row)
}

/** Once: of two who come at the same time, one gets it. */
export const takeInvitation = (tx: Tx, token: string) =>
  tx.one<{ agentId: string }>(
    sql`delete from invitations where hash = ${hashOfToken(token)} and expires_at > ${timestamp()}
        returning agent_id as "agentId"`,
  )

export const forgetOldInvitations = (db: Queries) =>
  db.run(sql`delete from invitations where expires_at <= ${timestamp()}`)
