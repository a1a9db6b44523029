import type { FastifyRequest } from 'fastify'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import type { App } from '../http/schema.ts'
import { countBadKeys } from './bad-keys.ts'
import { findByHash } from './queries.ts'
import { hashOf, isKey } from './secret.ts'
import { noteUses } from './uses.ts'

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
    /** What its body is; JSON where it says nothing. */
    takes?: 'mail' | 'form'
  }
}

/** Every route below a workspace needs a valid key. Bad ones are counted by address; good ones from there still pass. */
export const requireKey = (app: App, db: Db): void => {
  const noteUse = noteUses(db)
  const noteBadKey = countBadKeys()
  app.addHook('onRequest', async (request) => {
    const caller = await callerOf(db, request)
    if (!caller && request.headers.authorization !== undefined) noteBadKey(request.ip)
    request.caller = caller ?? fail('invalid_api_key')
    noteUse(request.caller.keyId)
  })
}

/** The key is of the path's workspace and has a scope that the route takes. */
export const requireRight = (app: App): void => {
  app.addHook('onRequest', ({ caller, params, routeOptions }, _reply, done) => {
    const { workspaceId } = params as { workspaceId: string }
    if (workspaceId !== caller.workspaceId) fail('workspace_not_found')
    const needed = routeOptions.config.scopes
    if (needed && !needed.includes(caller.scope))
      fail('scope_missing', { scope: caller.scope, needed: needed.join(' or ') })
    done()
  })
}

const callerOf = async (db: Db, request: FastifyRequest): Promise<Caller | undefined> => {
  const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!secret || !isKey(secret)) return undefined
  const key = await findByHash(db, hashOf(secret))
  const isDead = !key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= new Date().toISOString())
  return isDead ? undefined : { keyId: key.id, workspaceId: key.workspaceId, scope: key.scope, agentId: key.agentId }
}
