import { findOrCreateAgent } from '../agents/queries.ts'
import type { Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import type { Scope } from './caller.ts'
import { insertKey } from './queries.ts'
import { hashOf, hintOf, newSecret } from './secret.ts'

interface NewKey {
  workspaceId: string
  scope: Scope
  name?: string | undefined
  /** Name of the agent that a `user` key stands for; made when there is none. */
  agent?: string | undefined
  expiresAt?: string | undefined
}

/** The secret is in the answer and nowhere else: it cannot be shown again. */
export const createKey = async (tx: Tx, { workspaceId, scope, name, agent, expiresAt }: NewKey) => {
  const secret = newSecret()
  const key = {
    id: newId('key'),
    workspaceId,
    agentId: agent ? (await findOrCreateAgent(tx, workspaceId, agent)).id : null,
    name: name ?? null,
    scope,
    hint: hintOf(secret),
    createdAt: new Date().toISOString(),
    expiresAt: expiresAt ?? null,
  }
  await insertKey(tx, { ...key, hash: hashOf(secret) })
  return { ...key, secret }
}
