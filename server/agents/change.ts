import type { Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { fail } from '../errors.ts'
import { assertMatch } from '../http/etag.ts'
import { endAccess, holdAdmins, holdAgent, insertAgent, isTaken, updateAgent, type AgentRow } from './queries.ts'
import type { AgentChanges, NewAgent } from './schema.ts'

/** Throws `agent_name_taken`, `agent_email_taken` (409). */
export const addAgent = async (tx: Tx, workspaceId: string, { name, email, role = 'AGENT' }: NewAgent) => {
  const row = { name, email: email.trim(), emailKey: emailKey(email), role, status: 'INVITED' } as const
  const agent = await insertAgent(tx, workspaceId, row)
  if (agent) return agent
  return fail((await isTaken(tx, workspaceId, { id: '', name: row.name })) ? 'agent_name_taken' : 'agent_email_taken')
}

/** Throws `agent_not_found` (404), `agent_name_taken`, `last_admin` (409). */
export const changeAgent = async (
  tx: Tx,
  workspaceId: string,
  { id, changes, ifMatch }: { id: string; changes: AgentChanges; ifMatch?: string | undefined },
): Promise<AgentRow> => {
  // first of all, so that two who disable each other wait for one another here
  const admins = await holdAdmins(tx, workspaceId)
  const before = await holdAgent(tx, id)
  if (!before || before.workspaceId !== workspaceId) return fail('agent_not_found')
  assertMatch(ifMatch, before, () => ({ agent: before }))
  const after = { ...withChanges(before, changes), version: before.version + 1 }
  if (await isTaken(tx, workspaceId, { id, name: after.name })) fail('agent_name_taken')
  const isAdmin = after.role === 'ADMIN' && after.status === 'ACTIVE'
  if (!isAdmin && admins.length === 1 && admins[0]!.id === id) fail('last_admin')
  await updateAgent(tx, workspaceId, after)
  if (after.status === 'DISABLED') await endAccess(tx, workspaceId, id)
  return after
}

const withChanges = (before: AgentRow, { name, role, status }: AgentChanges): AgentRow => ({
  ...before,
  name: name ?? before.name,
  role: role ?? before.role,
  status: status === 'ACTIVE' ? whenActive(before) : (status ?? before.status),
})

/** Whoever has an address and no password has yet to be let in by a link. */
const whenActive = ({ email, passwordHash }: AgentRow) =>
  email !== null && passwordHash === null ? 'INVITED' : 'ACTIVE'
