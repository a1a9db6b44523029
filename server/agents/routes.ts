import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { ownAddress } from '../http/own-address.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { assertScope } from '../http/scopes.ts'
import { addAgent, changeAgent } from './change.ts'
import { invite, linkOf } from './invitations.ts'
import { findAgent, listAgents } from './queries.ts'
import { agentChanges, agents, invitedAgent, newAgent, oneAgent, type Agent } from './schema.ts'

interface Invited {
  agent: Agent
  invitation: { token: string; expiresAt: string }
}

const tags = ['Agents']
const ofAdmins = { scopes: ['api_user'], isShownOnce: true } as const

export const agentRoutes = (app: App, { db, config }: { db: Db; config: Pick<Config, 'publicUrl' | 'host'> }): void => {
  const withLink = (request: FastifyRequest, { agent, invitation }: Invited) => ({
    agent,
    invitation: linkOf(ownAddress(config, request), invitation),
  })

  app.get(
    '/agents',
    {
      schema: {
        operationId: 'listAgents',
        summary: 'The people who answer',
        description: 'Everybody who answers customers, by age. Conversations are assigned to their ids.',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: agents },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['agents', workspaceId]
      const after = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listAgents(db, workspaceId, { after, limit: limit + 1 })
      return { agents: pageFrom(rows, { limit, list, anchor: ({ id }) => [id] }) }
    },
  )

  app.post(
    '/agents',
    {
      config: ofAdmins,
      schema: {
        operationId: 'createAgent',
        summary: 'Add somebody, and get the link that lets them in',
        description: 'The link is shown this once. Send it to the person: whoever opens it chooses the password.',
        errors: ['agent_email_taken', 'agent_name_taken'],
        tags,
        params: pathOf(),
        body: newAgent,
        response: { 201: invitedAgent },
      },
    },
    async (request, reply) => {
      const added = await db.transaction(async (tx) => {
        const agent = await addAgent(tx, request.caller.workspaceId, request.body)
        return { agent, invitation: await invite(tx, agent.id) }
      })
      return reply.code(201).send(withLink(request, added))
    },
  )

  app.get(
    '/agents/:agentId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'getAgent',
        summary: 'One of the people who answer',
        description: 'With the `ETag` that a change takes.',
        errors: ['agent_not_found'],
        tags,
        params: pathOf('agentId'),
        response: { 200: oneAgent },
      },
    },
    async ({ caller, params: { agentId } }) => ({
      agent: (await findAgent(db, caller.workspaceId, agentId)) ?? fail('agent_not_found'),
    }),
  )

  app.patch(
    '/agents/:agentId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'updateAgent',
        summary: 'Rename, promote, disable or enable; of oneself everybody may change the name',
        description:
          'Disabling ends the sessions of an agent and refuses their keys. At least one admin who can sign in stays.',
        errors: ['agent_not_found', 'agent_name_taken', 'last_admin'],
        tags,
        params: pathOf('agentId'),
        body: agentChanges,
        response: { 200: oneAgent },
      },
    },
    async ({ caller, params: { agentId: id }, body, headers }) => {
      const isOwnName = id === caller.agentId && body.role === undefined && body.status === undefined
      if (!isOwnName) assertScope(caller, 'api_user')
      const wanted = { id, changes: body, ifMatch: headers['if-match'] }
      return { agent: await db.transaction((tx) => changeAgent(tx, caller.workspaceId, wanted)) }
    },
  )

  app.post(
    '/agents/:agentId/invitation',
    {
      config: ofAdmins,
      schema: {
        operationId: 'inviteAgent',
        summary: 'A new link to choose a password with; earlier ones stop working',
        description: 'Also for an agent who has forgotten the password.',
        errors: ['agent_not_found', 'agent_disabled'],
        tags,
        params: pathOf('agentId'),
        response: { 201: invitedAgent },
      },
    },
    async (request, reply) => {
      const { agentId } = request.params
      const invited = await db.transaction(async (tx) => {
        const agent = (await findAgent(tx, request.caller.workspaceId, agentId)) ?? fail('agent_not_found')
        return { agent, invitation: await invite(tx, agentId) }
      })
      return reply.code(201).send(withLink(request, invited))
    },
  )
}
