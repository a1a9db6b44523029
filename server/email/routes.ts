import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { findChannel } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { assertSpace, type FreeSpace } from '../http/free-space.ts'
import { id, pathOf, type App } from '../http/schema.ts'
import type { MailParser } from '../mime/parser.ts'
import { keptOf } from '../mime/without-files.ts'
import { authorOf, parseMail, receiveMail } from './receive.ts'

const kept = Type.Object({
  message: Type.Object({ id: id('msg') }),
  conversation: Type.Unsafe<{ id: string } | null>({
    ...Type.Object({ id: id('thd') }),
    type: ['object', 'null'],
    description: 'Null for a delivery report about a mail that is none of ours: it is kept, and opens nothing.',
  }),
})

interface Parts {
  parser: MailParser
  space: FreeSpace | undefined
  authservIds: readonly string[]
  mailBytes: number
}

export const emailRoutes = (app: App, db: Db, { parser, space, authservIds, mailBytes }: Parts): void => {
  // a context of its own: no other route takes mails, and this one takes no JSON
  void app.register(async (mails: App) => {
    mails.addHook('onRequest', async () => assertSpace(space))
    mails.removeAllContentTypeParsers()
    mails.addContentTypeParser('message/rfc822', async ({ headers }: FastifyRequest, body: Readable) => {
      if (Number(headers['content-length'] ?? 0) > limits.mailBytesMost) tooLarge()
      return (await keptOf(upToMost(body), mailBytes)).raw
    })
    mails.post(
      '/channels/:channelId/mail',
      {
        bodyLimit: limits.mailBytesMost,
        config: { scopes: ['api_user', 'mail'], takes: 'mail' },
        schema: {
          operationId: 'deliverMail',
          summary: 'Deliver a mail, as a mail system has it',
          description:
            'The answer says that the mail is on disk. A mail that was delivered before is not stored again.',
          errors: ['channel_not_found', 'disk_nearly_full'],
          tags: ['Channels'],
          params: pathOf('channelId'),
          body: {
            content: {
              'message/rfc822': { schema: Type.Unsafe<Buffer>({ description: 'The mail, headers first.' }) },
            },
          },
          response: {
            200: Type.Object(kept.properties, { description: 'It was here already.' }),
            201: Type.Object(kept.properties, { description: 'It is on disk.' }),
          },
        },
      },
      async ({ caller, params, body }, reply) => {
        const channel = (await findChannel(db, caller.workspaceId, params.channelId)) ?? fail('channel_not_found')
        if (channel.kind !== 'EMAIL')
          fail('invalid_request', { sentence: 'Only a channel of the kind EMAIL takes mail.' })
        const raw = body as Buffer | undefined
        if (!raw || raw.length === 0) return fail('invalid_request', { sentence: 'The body is empty.' })
        const mail = await parseMail(parser, raw, [caller.workspaceId, authorOf(raw)])
        const { outcome, messageId, conversationId } = await receiveMail(db, {
          channel,
          tokens: [],
          authservIds,
          raw,
          mail,
        })
        return reply
          .code(outcome === 'duplicate' ? 200 : 201)
          .send({ message: { id: messageId }, conversation: conversationId === null ? null : { id: conversationId } })
      },
    )
  })
}

const tooLarge = () => fail('body_too_large', { limit: limits.mailBytesMost })

/** Its end must not take the connection along that a refusal is sent on. */
async function* upToMost(body: Readable): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.mailBytesMost) tooLarge()
    yield chunk
  }
}
