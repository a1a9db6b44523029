import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { holdConversation } from '../conversations/queries.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import type { FreeSpace } from '../http/free-space.ts'
import { LongTexts } from '../http/long-texts.ts'
import { numberIn, type OpaqueOf } from '../http/opaque.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { assertScope } from '../http/scopes.ts'
import { release, type Room, type Upload } from '../http/uploads.ts'
import { type MailParser, type Sender, Unreadable } from '../mime/parser.ts'
import { assertNewest } from './assert-newest.ts'
import { digestOf } from './digest.ts'
import { retry } from './delivery.ts'
import { fileRoutes } from './file-routes.ts'
import { keepFiles } from './files.ts'
import { messageIn } from './find.ts'
import { findMessage, findThread, messagesPage, textIn, type ListedMessage } from './queries.ts'
import { receive } from './receive.ts'
import { reclean } from './reclean.ts'
import { recordConversation } from './record.ts'
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
import { claimFiles, uploadsOf } from './uploaded-files.ts'

const tags = ['Messages']
const params = pathOf('conversationId')

interface Parts {
  db: Db
  parser: MailParser
  space: FreeSpace | undefined
  opaqueOf: OpaqueOf
}

export const messageRoutes = (app: App, { db, parser, space, opaqueOf }: Parts): void => {
  app.get(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'listMessages',
        summary: 'A conversation with its messages, oldest first unless the newest are asked for',
        description: 'A page of large messages is shorter than its limit. `hasMore` says whether there are more.',
        errors: ['conversation_not_found'],
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
        description: 'For a reply that is PENDING: whether it has left by now, and if not, why.',
        errors: ['message_not_found'],
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
        description: 'It is PENDING again, and leaves as it did the first time.',
        errors: ['conversation_not_found', 'message_not_found', 'message_not_failed'],
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

  const room: Room = { taken: 0 }
  fileRoutes(app, { db, room, space })
  // a context of its own: no other route below a key takes forms
  void app.register(async (writing: App) => {
    await takeFiles(writing, room)
    writingRoutes(writing, { db, parser, room })
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

const writingRoutes = (app: App, { db, parser, room }: { db: Db; parser: MailParser; room: Room }): void => {
  const config = { takes: 'message' } as const
  app.post(
    '/conversations',
    {
      config,
      schema: {
        operationId: 'startConversation',
        summary: 'Write to somebody first, or record what a customer wrote elsewhere',
        description:
          'Finds or creates the contact, opens a conversation and sends the text as a mail. Files are uploaded first and named in `attachmentIds`.',
        errors: ['channel_not_found', 'file_not_found', 'uploads_busy', 'not_message'],
        tags: ['Conversations'],
        params: pathOf(),
        body: withFiles(newConversation),
        response: {
          200: Type.Object(startedConversation.properties, {
            description: 'It was recorded before, with this externalId.',
          }),
          201: startedConversation,
        },
      },
    },
    async ({ caller, body }, answer) => {
      const { attachmentIds = [], ...given } = body as NewConversation
      const { workspaceId } = caller
      const isInbound = given.direction === 'INBOUND'
      if (isInbound) assertScope(caller, 'api_user')
      else if (given.createdAt !== undefined || given.externalId !== undefined)
        fail('invalid_request', { sentence: 'createdAt and externalId go with the direction INBOUND.' })
      const digest = await digestOf(given.contentText)
      const uploads = await uploadsFor(answer, { db, room, ids: attachmentIds })
      return keepFiles(db, { workspaceId, uploads }, ({ storeFiles, ...message }) =>
        answerOnce(db, answer, async (tx) => {
          const wanted = { ...given, digest, ...message }
          const { started, isNew } = isInbound
            ? await recordConversation(tx, workspaceId, wanted)
            : { started: await start(tx, caller, wanted), isNew: true }
          if (isNew) {
            await claimFiles(tx, workspaceId, attachmentIds)
            await storeFiles(tx)
          }
          return { status: isNew ? 201 : 200, body: started, contactId: started.contact.id }
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
        description:
          'A reply leaves by the channel of the conversation. Files are uploaded first and named in `attachmentIds`.',
        errors: [
          'conversation_not_found',
          'message_not_found',
          'others_wrote',
          'file_not_found',
          'uploads_busy',
          'not_message',
        ],
        tags,
        params,
        body: withFiles(newMessage),
        response: { 201: oneMessage },
      },
    },
    async ({ caller, params: { conversationId }, body: given }, answer) => {
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
      const { attachmentIds = [] } = body
      const uploads = await uploadsFor(answer, { db, room, ids: attachmentIds })
      return keepFiles(db, { workspaceId, uploads }, ({ storeFiles, ...message }) =>
        answerOnce(db, answer, async (tx) => {
          await claimFiles(tx, workspaceId, attachmentIds)
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

/** What came as a form with the message, and what was uploaded before it. */
const uploadsFor = async (
  { request, raw }: Pick<FastifyReply, 'request' | 'raw'>,
  { db, room, ids }: { db: Db; room: Room; ids: string[] },
): Promise<Upload[]> => {
  const { caller, uploads = [] } = request
  if (ids.length === 0) return uploads
  const held = { held: 0 }
  raw.once('close', () => release(held, room))
  return [...uploads, ...(await uploadsOf(db, caller.workspaceId, { ids, held, room }))]
}

const clean = (parser: MailParser, html: string, sender: Sender): Promise<string> =>
  parser.cleanHtml(html, sender).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return fail('invalid_request', { sentence: `contentHtml cannot be cleaned: ${error.message}.` })
  })
