import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { appearance } from '../channels/schema.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import type { Live } from '../events/live.ts'
import { sendStream } from '../http/event-stream.ts'
import { fileReply, sendFile } from '../http/file.ts'
import { assertSpace, type FreeSpace } from '../http/free-space.ts'
import { networkOf } from '../http/network.ts'
import { numberIn, type OpaqueOf } from '../http/opaque.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { refuseAbove, shared, type Rates } from '../http/rates.ts'
import { id, type App } from '../http/schema.ts'
import { fileOf } from '../messages/files.ts'
import { guardChats } from './door.ts'
import { identify } from './identify.ts'
import { endToken, findKnown, knownIn, noteUse } from './known.ts'
import { isOwnConversation, messagesFor } from './queries.ts'
import { chatKey, chatMessage, chatMessages, newChatMessage, newSession, oneChatMessage, oneSession } from './schema.ts'
import { createStreams } from './streams.ts'
import { serveWidget } from './widget.ts'
import { write } from './write.ts'

const tags = ['Chat']
const params = chatKey
const withToken = [{ visitor: [] }]
/** Seconds for which a browser does not ask again how a chat looks. */
const appearanceLifetime = 60

interface Parts {
  db: Db
  live: Live
  rates: Rates
  space: FreeSpace | undefined
  opaqueOf: OpaqueOf
}

/** What the script on a site's pages asks. Without an API key: a visitor has a token of their own. */
export const chatRoutes = (app: App, parts: Parts): void => {
  serveWidget(app)
  void app.register(async (chats: App) => chatRoutesOf(chats, parts), { prefix: '/chats/:publishableKey' })
}

const chatRoutesOf = (app: App, { db, live, rates, space, opaqueOf }: Parts): void => {
  const { chatBodyBytes: bodyLimit, chatAddresses: keysMost } = limits
  const messages = shared(rates, 'chat messages', { most: limits.chatMessages, keysMost })
  const newcomers = shared(rates, 'chat visitors', { most: limits.chatNewVisitors, keysMost })
  const streams = createStreams(db, live)
  app.addHook('preClose', async () => streams.closeAll())
  answerPreflights(app)
  guardChats(app, db, rates)
  app.addHook('onRequest', async ({ method }) => {
    if (method === 'POST') assertSpace(space)
  })

  app.get(
    '/appearance',
    {
      schema: {
        operationId: 'getChatAppearance',
        summary: 'How the chat looks on the pages that have it',
        description: 'The greeting, the color and the side that the channel has. Null: as the script has it by itself.',
        tags,
        params,
        security: [],
        response: { 200: Type.Object({ appearance }) },
      },
    },
    async ({ chat: { greeting, color, position } }, reply) => {
      void reply.header('cache-control', `private, max-age=${appearanceLifetime}`)
      return { appearance: { greeting, color, position } }
    },
  )

  app.post(
    '/sessions',
    {
      config: { holdsSecret: true },
      bodyLimit,
      schema: {
        operationId: 'startChatSession',
        summary: 'Become a visitor, or go on as one; say who it is',
        description:
          'The token stands for the visitor in every other request of the chat. With a signature the address of the contact is believed.',
        errors: ['too_many_requests', 'invalid_email', 'disk_nearly_full'],
        tags,
        params,
        security: [],
        body: newSession,
        response: { 200: oneSession },
      },
    },
    async ({ chat, body: { token, ...identity } }) => {
      const known = await findKnown(db, chat, token)
      if (known) refuseAbove(messages, known.token.visitorId, 'this visitor')
      const session = await identify(db, chat, { known, identity })
      if (known) noteUse(db, chat, known)
      return { session }
    },
  )

  app.delete(
    '/session',
    {
      schema: {
        operationId: 'endChatSession',
        summary: 'End the session: its token is not valid any more',
        description: 'For the button that signs a visitor out of the site.',
        errors: ['too_many_requests'],
        tags,
        params,
        security: withToken,
        response: { 204: Type.Null({ description: 'Ended.' }) },
      },
    },
    async ({ chat, headers, ip }, reply) => {
      const known = await knownIn(db, chat, headers)
      if (!known.visitor) refuseAbove(newcomers, networkOf(ip), 'new visitors at your address')
      await db.transaction((tx) => endToken(tx, chat.workspaceId, known))
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/messages',
    {
      schema: {
        operationId: 'listChatMessages',
        summary: "The visitor's own messages and the answers, newest first",
        description: 'Of all conversations of the visitor, or of one of them.',
        errors: ['conversation_not_found'],
        tags,
        params,
        security: withToken,
        querystring: Type.Object(
          { ...pageQuery, conversationId: Type.Optional(id('thd', { description: 'One of them only.' })) },
          { additionalProperties: false },
        ),
        response: { 200: chatMessages },
      },
    },
    async ({ chat, headers, query: { limit, cursor, conversationId } }) => {
      const { workspaceId } = chat
      const { visitor, token } = await knownIn(db, chat, headers)
      if (
        conversationId !== undefined &&
        !(visitor && (await isOwnConversation(db, workspaceId, { id: conversationId, visitor })))
      )
        fail('conversation_not_found')
      const numbers = await opaqueOf(workspaceId)
      const list = ['chat', workspaceId, token.visitorId, conversationId]
      const before = numberIn(numbers, anchorOf(list, cursor, ['string'])?.[0])
      const rows = visitor
        ? await messagesFor(db, workspaceId, { visitor, conversationId, before, limit: limit + 1 })
        : []
      return { messages: pageFrom(rows, { limit, list, anchor: ({ seq }) => [numbers.hide(seq)] }) }
    },
  )

  app.get(
    '/messages/:chatMessageId/attachments/:number',
    {
      schema: {
        operationId: 'getChatAttachment',
        summary: 'A file that the team has sent to this visitor',
        description: 'Always a download, whatever its name says.',
        errors: ['message_not_found', 'attachment_not_found'],
        tags,
        params: Type.Object({
          ...params.properties,
          chatMessageId: id('msg', { description: 'A message of the team.' }),
          number: Type.String({ description: 'The number of the attachment in it.', examples: ['1'] }),
        }),
        security: withToken,
        response: fileReply('application/octet-stream'),
      },
    },
    async ({ chat, headers, params: { chatMessageId: messageId, number } }, reply) => {
      const { visitor } = await knownIn(db, chat, headers)
      const [message] = visitor ? await messagesFor(db, chat.workspaceId, { visitor, ids: [messageId], limit: 1 }) : []
      if (!message) return fail('message_not_found')
      const file = (await fileOf(db, chat.workspaceId, { messageId, number })) ?? fail('attachment_not_found')
      return sendFile(reply, { ...file, contentType: 'application/octet-stream' })
    },
  )

  app.post(
    '/messages',
    {
      bodyLimit,
      schema: {
        operationId: 'sendChatMessage',
        summary: 'Write; the same id again is the same message',
        description: 'The first message opens a conversation. A message that was sent before answers 200.',
        errors: ['conversation_not_found', 'too_many_requests', 'invalid_email', 'disk_nearly_full'],
        tags,
        params,
        security: withToken,
        body: newChatMessage,
        response: {
          200: Type.Object(oneChatMessage.properties, { description: 'It was sent before: here it is.' }),
          201: Type.Object(oneChatMessage.properties, { description: 'Stored.' }),
        },
      },
    },
    async ({ chat, headers, ip, body }, reply) => {
      const known = await knownIn(db, chat, headers)
      refuseAbove(messages, known.token.visitorId, 'this visitor')
      if (!known.visitor) refuseAbove(newcomers, networkOf(ip), 'new visitors at your address')
      const { id: clientId, text, conversationId, ...identity } = body
      const { message, isNew } = await write(db, chat, { known, clientId, text, conversationId, identity })
      return reply.code(isNew ? 201 : 200).send({ message })
    },
  )

  app.get(
    '/events',
    {
      // whoever asks for the head only would never read, and never end
      exposeHeadRoute: false,
      schema: {
        operationId: 'followChat',
        summary: 'Server-sent events: each message of the conversation as it comes',
        description: 'A browser that reconnects names the last message that it has. The ones after it come first.',
        errors: ['conversation_not_found', 'too_many_requests', 'not_ready'],
        tags,
        params,
        security: withToken,
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ maxLength: 64, description: 'The newest message that is known: the later ones come first.' }),
          ),
        }),
        response: {
          200: {
            description: 'Events called `message`, each with a message as its data.',
            content: { 'text/event-stream': { schema: Type.Unsafe<Readable>(chatMessage) } },
          },
        },
      },
    },
    async ({ chat, headers, ip }, reply) => {
      const { visitor, text } = await knownIn(db, chat, headers)
      if (!visitor) return fail('conversation_not_found')
      const lastId = headers['last-event-id']
      const stream = await streams.open({ channel: chat, visitor, token: text, from: networkOf(ip), lastId })
      return sendStream(reply, stream)
    },
  )
}

/** A browser asks before it sends. Whether the page may use the chat is decided when it does. */
const answerPreflights = (app: App): void => {
  app.addHook('onRequest', async ({ method, headers }, reply) => {
    if (method !== 'OPTIONS' || headers.origin === undefined) return undefined
    return reply
      .code(204)
      .header('vary', 'Origin')
      .header('access-control-allow-origin', headers.origin)
      .header('access-control-allow-methods', 'GET, POST, DELETE')
      .header('access-control-allow-headers', 'Authorization, Content-Type, Last-Event-ID')
      .header('access-control-max-age', '7200')
      .send()
  })
  app.options('/*', { schema: { hide: true } }, async (_request, reply) => reply.code(204).send())
}
