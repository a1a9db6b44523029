import type { FastifyRequest } from 'fastify'
import { timestamp } from '../current-time.ts'
import type { Role } from '../agents/schema.ts'
import type { Db } from '../db/db.ts'
import { together } from '../db/together.ts'
import { fail } from '../errors.ts'
import { refuseForeignPages } from '../http/own-address.ts'
import type { Rates } from '../http/rates.ts'
import type { App } from '../http/schema.ts'
import { assertScope, usualScopes } from '../http/scopes.ts'
import { signedInBy } from '../sessions/cookie.ts'
import { findSessions, setSessionUsed } from '../sessions/queries.ts'
import type { SignedIn } from '../sessions/schema.ts'
import { countBadKeys } from './bad-keys.ts'
import { findByHash, setLastUsed, type KeyInUse } from './queries.ts'
import { hashOf, isKey } from './secret.ts'
import { noteUses } from './uses.ts'

export type Scope = 'user' | 'api_user' | 'mail'

/** Who is asking: a program (api_user), one that only delivers mail (mail), an agent through one (user), or an agent who is signed in. */
export interface Caller {
  /** Of the key or the session. */
  id: string
  /** Begins a sentence. */
  who: 'This API key' | 'Your session'
  workspaceId: string
  scopes: readonly Scope[]
  /** Whom a `user` key or a session stands for. */
  agentId: string | null
  /** Null: never. */
  expiresAt: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Who may call the route; user and api_user where it says nothing. */
    scopes?: readonly Scope[]
    /** What its body is; JSON where it says nothing. */
    takes?: 'mail' | 'form' | 'message'
  }
}

const scopesOf: Record<Role, readonly Scope[]> = { AGENT: ['user'], ADMIN: ['user', 'api_user'] }

/** Finds out who asks. Undefined once their key is revoked or their session has ended. */
export type CallerOf = (request: FastifyRequest) => Promise<Caller | undefined>

/** By a statement for all who ask at once. */
export const callersIn = (db: Db): CallerOf => {
  const keyOf = together((hashes) => findByHash(db, hashes))
  const sessionOf = together((hashes) => findSessions(db, hashes))
  return (request) =>
    request.headers.authorization === undefined ? callerBySession(sessionOf, request) : callerByKey(keyOf, request)
}

interface Parts {
  db: Db
  callerOf: CallerOf
  publicUrl: string
  rates: Rates
}

/**
 * Every route below a workspace needs a valid key or session; where both come, the key counts. Bad keys are counted by
 * address; good ones from there still pass.
 */
export const requireCaller = (app: App, { db, callerOf, publicUrl, rates }: Parts): void => {
  const noteKey = noteUses((id, times) => setLastUsed(db, id, times))
  const noteSession = noteUses((id, times) => setSessionUsed(db, id, times))
  const noteBadKey = countBadKeys(rates)
  app.addHook('onRequest', async (request) => {
    const hasKey = request.headers.authorization !== undefined
    const caller = await callerOf(request)
    if (!caller && hasKey) noteBadKey(request.ip)
    request.caller = caller ?? fail('invalid_api_key')
    if (hasKey) noteKey(request.caller.id)
    else {
      refuseForeignPages(request, publicUrl)
      noteSession(request.caller.id)
    }
  })
}

/** The caller is of the path's workspace and has a scope that the route takes. */
export const requireRight = (app: App): void => {
  app.addHook('onRequest', ({ caller, params, routeOptions }, _reply, done) => {
    if ((params as { workspaceId: string }).workspaceId !== caller.workspaceId) fail('workspace_not_found')
    assertScope(caller, ...(routeOptions.config.scopes ?? usualScopes))
    done()
  })
}

type Find<T> = (hash: string) => Promise<T | undefined>

const callerByKey = async (find: Find<KeyInUse>, request: FastifyRequest): Promise<Caller | undefined> => {
  const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!secret || !isKey(secret)) return undefined
  const key = await find(hashOf(secret))
  const isDead = !key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= timestamp())
  if (isDead || key.agentStatus === 'DISABLED') return undefined
  const { id, workspaceId, scope, agentId, expiresAt } = key
  return { id, who: 'This API key', workspaceId, scopes: [scope], agentId, expiresAt }
}

const callerBySession = async (find: Find<SignedIn>, request: FastifyRequest): Promise<Caller | undefined> => {
  const found = await signedInBy(request, find)
  if (!found) return undefined
  const { session, agent, workspace } = found
  return {
    id: session.id,
    who: 'Your session',
    workspaceId: workspace.id,
    scopes: scopesOf[agent.role],
    agentId: agent.id,
    expiresAt: session.expiresAt,
  }
}
