import type { Db } from '../db/db.ts'
import { record } from '../events/queries.ts'
import { pathOf, type App } from '../http/schema.ts'
import { changeWorkspace, findSettings } from './queries.ts'
import { oneWorkspace, workspaceChanges } from './schema.ts'

const tags = ['Workspaces']
const config = { scopes: ['api_user'] } as const
const response = { 200: oneWorkspace }

export const workspaceRoutes = (app: App, db: Db): void => {
  app.get(
    '/workspace',
    {
      config,
      schema: {
        operationId: 'getWorkspace',
        summary: 'Its name, and what a new one still lacks',
        description: 'The workspace of the key.',
        tags,
        params: pathOf(),
        response,
      },
    },
    async ({ caller: { workspaceId } }) => ({ workspace: await findSettings(db, workspaceId) }),
  )

  app.patch(
    '/workspace',
    {
      config,
      schema: {
        operationId: 'updateWorkspace',
        summary: 'Rename it, or end its checklist',
        description: 'The team sees the name. Customers do not.',
        tags,
        params: pathOf(),
        body: workspaceChanges,
        response,
      },
    },
    ({ caller: { workspaceId }, body }) =>
      db.transaction(async (tx) => {
        await changeWorkspace(tx, workspaceId, body)
        record(tx, workspaceId, { kind: 'WORKSPACE_CHANGED' })
        return { workspace: await findSettings(tx, workspaceId) }
      }),
  )
}
