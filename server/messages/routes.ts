import { Type } from 'typebox'
import { holdConversation } from '../conversations/queries.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { LongTexts } from '../http/long-texts.ts'
import { numberIn, type OpaqueOf } from '../http/opaque.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { assertScope } from '../http/scopes.ts'
import { type MailParser, type Sender, Unreadable } from '../mime/parser.ts'
import { assertNewest } from './assert-newest.ts'
import { digestOf } from './digest.ts'
import { retry } from './delivery.ts'
import { keepFiles } from './files.ts'
import { messageIn } from './find.ts'
import { findMessage, findThread, messagesPage, textIn, type ListedMessage } from './queries.ts'
import { receive } from './receive.ts'
import { reclean } from './reclean.ts'
import { note, reply } from './reply.ts'
import {
  messageOrder,
  newConversation,
  newMessage,
  oneMessage,
  startedConversation,
  thread,
  withFiles,
  type NewConversation,
  type NewMessage,
} from './schema.ts'
import { start } from './start.ts'
import { takeFiles } from './take-files.ts'

const tags = ['Messages']
const params = pathOf('conversationId')

interface Parts {
  db: Db
  parser: MailParser
  opaqueOf: OpaqueOf
}

export const messageRoutes = (app: App, { db, parser, opaqueOf }: Parts): void => {
  app.get(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'listMessages',
        summary: 'A conversation with its messages, oldest first unless the newest are asked for',
        tags,
        params,
        querystring: Type.Object({ ...pageQuery, order: messageOrder }, { additionalProperties: false }),
        response: { 200: thread },
      },
    },
    async ({ caller: { workspaceId }, params: { conversationId }, query: { limit, cursor, order } }, answer) => {
      const head = (await findThread(db, workspaceId, conversationId)) ?? fail('conversation_not_found')
      const list = ['messages', workspaceId, conversationId, order]
      const numbers = await opaqueOf(workspaceId)
      const after = numberIn(numbers, anchorOf(list, cursor, ['string'])?.[0])
      const wanted = { conversationId, order, after, limit }
      const page = await newest({ db, parser }, workspaceId, () => messagesPage(db, workspaceId, wanted))
      const messages = pageFrom(page.rows, { limit: page.limit, list, anchor: ({ seq }) => [numbers.hide(seq)] })
      const long = new LongTexts()
      const items = messages.items.map((message) => withTexts(db, workspaceId, { message, long }))
      return long.send(answer, { thread: { ...head, messages: { ...messages, items } } })
    },
  )

  app.get(
    '/conversations/:conversationId/messages/:messageId',
    {
      schema: {
        operationId: 'getMessage',
        summary: 'One message, as it is now',
        tags,
        params: pathOf('conversationId', 'messageId'),
        response: { 200: oneMessage },
      },
    },
    async ({ caller: { workspaceId }, params: place }, answer) => {
      const long = new LongTexts()
      const page = await newest({ db, parser }, workspaceId, async () => ({
        rows: [await messageIn(db, workspaceId, place)],
      }))
      return long.send(answer, { message: withTexts(db, workspaceId, { message: page.rows[0]!, long }) })
    },
  )

  app.post(
    '/conversations/:conversationId/messages/:messageId/retry',
    {
      schema: {
        operationId: 'retryMessage',
        summary: 'Send a reply again that was not delivered',
        tags,
        params: pathOf('conversationId', 'messageId'),
        response: { 200: oneMessage },
      },
    },
    async ({ caller: { workspaceId }, params: place }, answer) => {
      await messageIn(db, workspaceId, place)
      return answerOnce(db, answer, async (tx) => {
        const { conversationId, messageId } = place
        const { contactId } =
          (await holdConversation(tx, workspaceId, conversationId)) ?? fail('conversation_not_found')
        await retry(tx, { workspaceId, conversationId, contactId, messageId })
        return { status: 200, body: { message: (await findMessage(tx, workspaceId, messageId))! }, contactId }
      })
    },
  )

  // a context of its own: no other route below a key takes files
  void app.register(async (writing: App) => {
    await takeFiles(writing)
    writingRoutes(writing, db, parser)
  })
}

/** Messages with their HTML as it is cleaned today. */
const newest = async <P extends { rows: ListedMessage[] }>(
  parts: Pick<Parts, 'db' | 'parser'>,
  workspaceId: string,
  read: () => Promise<P>,
): Promise<P> => {
  const page = await read()
  const old = page.rows.filter(({ hasOldHtml }) => hasOldHtml)
  if (old.length === 0) return page
  await reclean(parts, workspaceId, old)
  return read()
}

const withTexts = <M extends ListedMessage>(
  db: Db,
  workspaceId: string,
  { message, long }: { message: M; long: LongTexts },
) => {
  const { id, contentText, contentHtml, htmlBytes } = message
  const later = (field: 'contentText' | 'contentHtml') => long.add(textIn(db, workspaceId, { id, field }))
  return {
    ...message,
    contentText: contentText ?? later('contentText'),
    contentHtml: htmlBytes === null ? null : (contentHtml ?? later('contentHtml')),
  }
}

const writingRoutes = (app: App, db: Db, parser: MailParser): void => {
  const config = { takes: 'message' } as const
  app.post(
    '/conversations',
    {
      config,
      schema: {
        operationId: 'startConversation',
        summary: 'Write to somebody first',
        tags: ['Conversations'],
        params: pathOf(),
        body: withFiles(newConversation),
        response: { 201: startedConversation },
      },
    },
    async ({ caller, body, uploads = [] }, answer) => {
      const given = body as NewConversation
      const digest = await digestOf(given.contentText)
      return keepFiles(db, { workspaceId: caller.workspaceId, uploads }, ({ storeFiles, ...message }) =>
        answerOnce(db, answer, async (tx) => {
          const started = await start(tx, caller, { ...given, digest, ...message })
          await storeFiles(tx)
          return { status: 201, body: started, contactId: started.contact.id }
        }),
      )
    },
  )

  app.post(
    '/conversations/:conversationId/messages',
    {
      config,
      schema: {
        operationId: 'createMessage',
        summary: 'Reply, leave an internal note, or record what the customer wrote elsewhere',
        tags,
        params,
        body: withFiles(newMessage),
        response: { 201: oneMessage },
      },
    },
    async ({ caller, params: { conversationId }, body: given, uploads = [] }, answer) => {
      const { workspaceId, agentId } = caller
      const body = given as NewMessage
      const isInbound = body.direction === 'INBOUND'
      if (isInbound) assertScope(caller, 'api_user')
      if (isInbound && body.after)
        fail('invalid_request', { sentence: 'after and direction INBOUND exclude each other.' })
      if (body.note && body.direction) fail('invalid_request', { sentence: 'note and direction exclude each other.' })
      const { to, cc, bcc } = body
      if ((body.note || isInbound) && (to ?? cc ?? bcc))
        fail('invalid_request', {
          sentence: 'to, cc and bcc are for a reply: a note and an INBOUND message go to nobody.',
        })
      const contentHtml =
        body.contentHtml === undefined ? null : await clean(parser, body.contentHtml, [workspaceId, caller.id])
      const written = { contentText: body.contentText, contentHtml, digest: await digestOf(body.contentText) }
      return keepFiles(db, { workspaceId, uploads }, ({ storeFiles, ...message }) =>
        answerOnce(db, answer, async (tx) => {
          const { contactId } =
            (await holdConversation(tx, workspaceId, conversationId)) ?? fail('conversation_not_found')
          const place = { workspaceId, conversationId, contactId }
          if (body.after !== undefined) await assertNewest(tx, place, { agentId, after: body.after })
          if (isInbound) await receive(tx, place, { ...written, ...message }, { isNews: true })
          else if (body.note) await note(tx, place, { agentId, ...written, ...message })
          else await reply(tx, place, { agentId, ...written, ...message, to, cc, bcc })
          await storeFiles(tx)
          return { status: 201, body: { message: (await findMessage(tx, workspaceId, message.id))! }, contactId }
        }),
      )
    },
  )
}

const clean = (parser: MailParser, html: string, sender: Sender): Promise<string> =>
  parser.cleanHtml(html, sender).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return fail('invalid_request', { sentence: `contentHtml cannot be cleaned: ${error.message}.` })
  })
