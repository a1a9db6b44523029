import type { FastifyRequest } from 'fastify'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import type { App } from '../http/schema.ts'
import { findByHash } from './queries.ts'
import { hashOf, isKey } from './secret.ts'

export type Scope = 'user' | 'api_user'

/** Who is asking: a program (api_user), or an agent through one (user). */
export interface Caller {
  keyId: string
  workspaceId: string
  scope: Scope
  /** The agent that a `user` key stands for. */
  agentId: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Who may call the route; both scopes where it says nothing. */
    scopes?: readonly Scope[]
  }
}

/** Every route below a workspace: a valid key, of that workspace, with a scope that the route takes. */
export const requireCaller = (app: App, db: Db): void => {
  app.addHook('onRequest', async (request) => {
    const caller = (await callerOf(db, request)) ?? fail('invalid_api_key')
    request.caller = caller
    const { workspaceId } = request.params as { workspaceId: string }
    if (workspaceId !== caller.workspaceId) fail('workspace_not_found')
    const needed = request.routeOptions.config.scopes
    if (needed && !needed.includes(caller.scope))
      fail('scope_missing', { scope: caller.scope, needed: needed.join(' or ') })
  })
}

const callerOf = async (db: Db, request: FastifyRequest): Promise<Caller | undefined> => {
  const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!secret || !isKey(secret)) return undefined
  const key = await findByHash(db, hashOf(secret))
  const isDead = !key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= new Date().toISOString())
  return isDead ? undefined : { keyId: key.id, workspaceId: key.workspaceId, scope: key.scope, agentId: key.agentId }
}
