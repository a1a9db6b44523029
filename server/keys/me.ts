import { Type } from 'typebox'
import { findAgent } from '../agents/queries.ts'
import { agent } from '../agents/schema.ts'
import type { Db } from '../db/db.ts'
import type { Document } from '../http/openapi-document.ts'
import { usualScopes } from '../http/scopes.ts'
import { id, nullableTime, oneOf, type App } from '../http/schema.ts'
import { findWorkspace } from '../workspaces/queries.ts'
import type { Caller, Scope } from './caller.ts'
import { scope } from './schema.ts'

const me = Type.Object(
  {
    id: Type.String({
      pattern: '^(key|ses)_[0-9A-Za-z]{24}$',
      description: 'Of the key or the session.',
      examples: ['key_00Qq2aZkP1d8mXw5uVbT7cRe'],
    }),
    kind: oneOf(['KEY', 'SESSION'], { title: 'CallerKind' }),
    scopes: Type.Array(scope),
    workspace: Type.Object({ id: id('wrk'), name: Type.String({ examples: ['Support'] }) }, { title: 'Workspace' }),
    inbox: Type.String({
      description: 'Where the paths of the workspace begin.',
      examples: ['/v1/workspaces/wrk_00Qq2aZkP1d8mXw5uVbT7cRe/support/inbox'],
    }),
    agent: Type.Unsafe<object | null>({
      ...Type.Pick(agent, ['id', 'name', 'email', 'role']),
      title: 'SignedInAgent',
      type: ['object', 'null'],
      description: 'Whom it stands for. Null for a program.',
    }),
    expiresAt: Type.Unsafe<string | null>({ ...nullableTime, description: 'Null: never.' }),
    operations: Type.Array(Type.String({ examples: ['listCustomers'] }), {
      description: 'The `operationId` of everything in the workspace that it may do.',
    }),
  },
  { title: 'Me' },
)

/** Who asks: the first thing that a new integration wants to know. */
export const meRoutes = (app: App, db: Db): void => {
  app.get(
    '/me',
    {
      config: { scopes: [...usualScopes, 'mail'] },
      schema: {
        operationId: 'getMe',
        summary: 'What a key may do, and where',
        description: 'Needs no id of a workspace: a key belongs to one.',
        tags: ['Keys'],
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: Type.Object({ me }) },
      },
    },
    async ({ caller }) => {
      const { id: callerId, workspaceId, scopes, agentId, expiresAt } = caller
      const workspace = (await findWorkspace(db, workspaceId))!
      return {
        me: {
          id: callerId,
          kind: kindOf(caller),
          scopes: [...scopes],
          workspace,
          inbox: `/v1/workspaces/${workspaceId}/support/inbox`,
          agent: agentId === null ? null : ((await findAgent(db, workspaceId, agentId)) ?? null),
          expiresAt,
          operations: operationsFor(app, scopes),
        },
      }
    },
  )
}

/** By the description of the API, which says what each operation needs. */
const operationsFor = (app: App, scopes: readonly Scope[]): string[] =>
  Object.values((app.swagger() as unknown as Document).paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ security = [] }) => security[0]?.['key']?.some((needed) => scopes.some((scope) => scope === needed)))
    .map(({ operationId }) => operationId)

const kindOf = ({ who }: Caller): 'KEY' | 'SESSION' => (who === 'This API key' ? 'KEY' : 'SESSION')
