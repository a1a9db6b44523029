import { Type } from 'typebox'
import { findConversation } from '../conversations/queries.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { pathOf, type App } from '../http/schema.ts'
import { setPresence } from './queries.ts'
import { newPresence } from './schema.ts'

export const presenceRoutes = (app: App, db: Db): void => {
  app.put(
    '/conversations/:conversationId/presence',
    {
      config: { scopes: ['user'] },
      schema: {
        operationId: 'setPresence',
        summary: 'Say that one looks at a conversation or writes in it; forgotten after 15 seconds',
        description: 'Repeat it while the conversation is open. The other agents see it in the events.',
        errors: ['conversation_not_found'],
        tags: ['Conversations'],
        params: pathOf('conversationId'),
        body: newPresence,
        response: { 204: Type.Null({ description: 'Whoever follows the events is told.' }) },
      },
    },
    async ({ caller: { workspaceId, agentId }, params: { conversationId }, body: { state } }, reply) => {
      await db.transaction(async (tx) => {
        if (!(await findConversation(tx, workspaceId, conversationId))) fail('conversation_not_found')
        // a key of the scope user and a session stand for somebody
        await setPresence(tx, workspaceId, { conversationId, agentId: agentId!, state })
      })
      return reply.code(204).send(null)
    },
  )
}
