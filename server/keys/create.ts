import { timestamp } from '../current-time.ts'
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
  /** Whom a `user` key stands for: an agent, or the name of one, who is made when there is none. */
  agentId?: string | undefined
  agent?: string | undefined
  expiresAt?: string | undefined
}

/** The secret is in the answer and nowhere else: it cannot be shown again. */
export const createKey = async (tx: Tx, { workspaceId, scope, name, agentId, agent, expiresAt }: NewKey) => {
  const secret = newSecret()
  const key = {
    id: newId('key'),
    workspaceId,
    agentId: agent ? (await findOrCreateAgent(tx, workspaceId, agent)).id : (agentId ?? null),
    name: name ?? null,
    scope,
    hint: hintOf(secret),
    createdAt: timestamp(),
    expiresAt: expiresAt ?? null,
  }
  await insertKey(tx, { ...key, hash: hashOf(secret) })
  return { ...key, secret }
}
