import { Type } from 'typebox'
import { holdConversation } from '../conversations/queries.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { findMessage, findThread, messagesPage } from './queries.ts'
import { receive } from './receive.ts'
import { note, reply } from './reply.ts'
import { newConversation, newMessage, oneMessage, startedConversation, thread } from './schema.ts'
import { start } from './start.ts'

const tags = ['Messages']
const params = pathOf('conversationId')

export const messageRoutes = (app: App, db: Db, parser: MailParser): void => {
  app.post(
    '/conversations',
    {
      schema: {
        operationId: 'startConversation',
        summary: 'Write to somebody first',
        tags: ['Conversations'],
        params: pathOf(),
        body: newConversation,
        response: { 201: startedConversation },
      },
    },
    async ({ caller, body }, answer) =>
      answerOnce(db, answer, async (tx) => {
        const started = await start(tx, caller, body)
        return { status: 201, body: started, contactId: started.contact.id }
      }),
  )

  app.get(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'listMessages',
        summary: 'A conversation with its messages, oldest first',
        tags,
        params,
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: thread },
      },
    },
    async ({ caller: { workspaceId }, params: { conversationId }, query: { limit, cursor } }) => {
      const head = (await findThread(db, workspaceId, conversationId)) ?? fail('conversation_not_found')
      const list = ['messages', workspaceId, conversationId]
      const after = anchorOf(list, cursor, ['number'])?.[0]
      const page = await messagesPage(db, workspaceId, { conversationId, after, limit })
      return {
        thread: { ...head, messages: pageFrom(page.rows, { limit: page.limit, list, anchor: ({ seq }) => [seq] }) },
      }
    },
  )

  app.post(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'createMessage',
        summary: 'Reply, leave an internal note, or record what the customer wrote elsewhere',
        tags,
        params,
        body: newMessage,
        response: { 201: oneMessage },
      },
    },
    async ({ caller, params: { conversationId }, body }, answer) => {
      const { workspaceId, agentId, scopes, who } = caller
      const isInbound = body.direction === 'INBOUND'
      if (isInbound && !scopes.includes('api_user'))
        fail('scope_missing', { who, scope: scopes.join(' and '), needed: 'api_user' })
      if (body.note && body.direction) fail('invalid_request', { sentence: 'note and direction exclude each other.' })
      const { contentText } = body
      const contentHtml = body.contentHtml === undefined ? null : await clean(parser, body.contentHtml)
      return answerOnce(db, answer, async (tx) => {
        const { contactId } =
          (await holdConversation(tx, workspaceId, conversationId)) ?? fail('conversation_not_found')
        const place = { workspaceId, conversationId, contactId }
        const { id } = isInbound
          ? await receive(tx, place, { contentText, contentHtml }, { isNews: true })
          : await (body.note ? note : reply)(tx, place, { agentId, contentText, contentHtml })
        return { status: 201, body: { message: (await findMessage(tx, workspaceId, id))! }, contactId }
      })
    },
  )
}

const clean = (parser: MailParser, html: string): Promise<string> =>
  parser.cleanHtml(html).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return fail('invalid_request', { sentence: `contentHtml cannot be cleaned: ${error.message}.` })
  })
