import { Type } from 'typebox'
import { currentTime, timestamp } from '../current-time.ts'
import { findAgent } from '../agents/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { anchorOf, pageFrom, pageOf, pageQuery } from '../http/pages.ts'
import { id, line, nullable, nullableId, nullableTime, pathOf, time, type App } from '../http/schema.ts'
import { createKey } from './create.ts'
import { keysPage, revoke } from './queries.ts'
import { scope } from './schema.ts'

const tags = ['Keys']
const ofAdmins = { scopes: ['api_user'], isShownOnce: true } as const

const key = Type.Object(
  {
    id: id('key'),
    name: nullable({ examples: ['Shop'] }),
    scope,
    hint: Type.String({ description: 'Its last four characters.' }),
    createdAt: time,
    expiresAt: nullableTime,
    lastUsedAt: nullable({ format: 'date-time', description: 'To the minute.' }),
    agentId: nullableId('agt', { description: 'Whom a key of the scope user stands for.' }),
  },
  { title: 'Key' },
)

const newKey = Type.Object(
  {
    name: line(limits.nameCharacters, { description: 'What it is for.' }),
    scope,
    agentId: Type.Optional(id('agt', { description: 'With the scope user, and only then.' })),
    expiresAt: Type.Optional(
      Type.String({ format: 'date-time', 'x-rule': 'must be a time such as 2027-01-31T12:00:00Z' }),
    ),
  },
  { additionalProperties: false, title: 'NewKey', examples: [{ name: 'Shop', scope: 'api_user' }] },
)

export const keyRoutes = (app: App, db: Db): void => {
  app.get(
    '/keys',
    {
      config: { scopes: ['api_user'] },
      schema: {
        operationId: 'listKeys',
        summary: 'The keys that work, without what is secret in them',
        description: 'Revoked and expired keys are not listed.',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: Type.Object({ keys: pageOf(key) }) },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['keys', workspaceId]
      const after = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await keysPage(db, workspaceId, { after, limit: limit + 1 })
      return { keys: pageFrom(rows, { limit, list, anchor: ({ id }) => [id] }) }
    },
  )

  app.post(
    '/keys',
    {
      config: ofAdmins,
      schema: {
        operationId: 'createKey',
        summary: 'Make a key; its secret is shown this once',
        description: 'A key of the scope `user` stands for the agent that `agentId` names.',
        errors: ['agent_not_found'],
        tags,
        params: pathOf(),
        body: newKey,
        response: { 201: Type.Object({ key, secret: Type.String() }) },
      },
    },
    async ({ caller: { workspaceId }, body: { name, scope, agentId, expiresAt } }, reply) => {
      if ((scope === 'user') !== (agentId !== undefined))
        fail('invalid_request', { sentence: 'agentId goes with the scope user, and only with it.' })
      if (expiresAt !== undefined && !(Date.parse(expiresAt) > currentTime()))
        fail('invalid_request', { sentence: 'expiresAt must be in the future.' })
      const { secret, ...made } = await db.transaction(async (tx) => {
        if (agentId !== undefined && !(await findAgent(tx, workspaceId, agentId))) fail('agent_not_found')
        const until = expiresAt === undefined ? undefined : new Date(expiresAt).toISOString()
        return createKey(tx, { workspaceId, scope, name, agentId, expiresAt: until })
      })
      return reply.code(201).send({ key: { ...made, lastUsedAt: null }, secret })
    },
  )

  app.delete(
    '/keys/:keyId',
    {
      config: { scopes: ['api_user'] },
      schema: {
        operationId: 'revokeKey',
        summary: 'Make a key stop working, at once and on every server',
        description: 'Requests with the key are 401 from now on.',
        errors: ['key_not_found'],
        tags,
        params: pathOf('keyId'),
        response: { 204: Type.Null({ description: 'It no longer works.' }) },
      },
    },
    async ({ caller: { workspaceId }, params: { keyId: id } }, reply) => {
      if ((await revoke(db, workspaceId, { id, at: timestamp() })) === 0) fail('key_not_found')
      return reply.code(204).send(null)
    },
  )
}
