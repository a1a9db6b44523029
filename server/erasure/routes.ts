import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { pathOf, type App } from '../http/schema.ts'
import { eraseContact } from './erase.ts'

export const erasureRoutes = (app: App, db: Db): void => {
  app.delete(
    '/contacts/:contactId',
    {
      config: { scopes: ['api_user'] },
      schema: {
        operationId: 'deleteContact',
        summary: 'Erase a contact with all conversations, messages, mails and files',
        tags: ['Contacts'],
        params: pathOf('contactId'),
        response: { 204: Type.Null({ description: 'Gone.' }) },
      },
    },
    async ({ caller, params }, reply) => {
      await eraseContact(db, caller.workspaceId, params.contactId)
      return reply.code(204).send(null)
    },
  )
}
