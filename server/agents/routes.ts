import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { anchorOf, pageFrom, pageOf, pageQuery } from '../http/pages.ts'
import { nullable, pathOf, type App } from '../http/schema.ts'
import { listAgents } from './queries.ts'

const agent = Type.Object({ id: Type.String(), name: Type.String(), email: nullable() })

export const agentRoutes = (app: App, db: Db): void => {
  app.get(
    '/agents',
    {
      schema: {
        operationId: 'listAgents',
        summary: 'The people who answer, for assignment',
        tags: ['Agents'],
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: Type.Object({ agents: pageOf(agent) }) },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['agents', workspaceId]
      const after = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listAgents(db, workspaceId, { after, limit: limit + 1 })
      return { agents: pageFrom(rows, { limit, list, anchor: ({ id }) => [id] }) }
    },
  )
}
