import type { Readable } from 'node:stream'
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
  const whileHeld = createIntake(mailBytes)
  // a context of its own: no other route takes mails, and this one takes no JSON
  void app.register(async (mails: App) => {
    mails.addHook('onRequest', async () => assertSpace(space))
    mails.removeAllContentTypeParsers()
    mails.addContentTypeParser('message/rfc822', (_request, body, done) => done(null, body))
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
          errors: ['uploads_busy', 'channel_not_found', 'disk_nearly_full'],
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
      async ({ caller, params, headers, body }, reply) => {
        if (Number(headers['content-length'] ?? 0) > limits.mailBytesMost) tooLarge()
        if (!body) fail('invalid_request', { sentence: 'The body is empty.' })
        const { outcome, messageId, conversationId } = await whileHeld(body as Readable, async (raw) => {
          const channel = (await findChannel(db, caller.workspaceId, params.channelId)) ?? fail('channel_not_found')
          if (channel.kind !== 'EMAIL')
            fail('invalid_request', { sentence: 'Only a channel of the kind EMAIL takes mail.' })
          if (raw.length === 0) fail('invalid_request', { sentence: 'The body is empty.' })
          const mail = await parseMail(parser, raw, [caller.workspaceId, authorOf(raw)])
          return receiveMail(db, { channel, tokens: [], authservIds, raw, mail })
        })
        return reply
          .code(outcome === 'duplicate' ? 200 : 201)
          .send({ message: { id: messageId }, conversation: conversationId === null ? null : { id: conversationId } })
      },
    )
  })
}

const tooLarge = () => fail('body_too_large', { limit: limits.mailBytesMost })

/** Reads mails into memory, all of them together into so much of it. */
const createIntake = (mailBytes: number) => {
  let taken = 0
  return async <T>(body: Readable, work: (raw: Buffer) => Promise<T>): Promise<T> => {
    let held = 0
    /** What finds no room is read to its end: a client that is still sending does not read the answer. */
    const arriving = async function* (): AsyncGenerator<Buffer> {
      let size = 0
      let isCrowdedOut = false
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > limits.mailBytesMost) tooLarge()
        // of a larger mail no more is held than that
        const more = Math.min(chunk.length, mailBytes - held)
        isCrowdedOut ||= taken + more > limits.uploadBytesAtOnce
        if (isCrowdedOut) continue
        held += more
        taken += more
        yield chunk
      }
      if (isCrowdedOut) fail('uploads_busy')
    }
    try {
      return await work((await keptOf(arriving(), mailBytes)).raw)
    } finally {
      taken -= held
    }
  }
}
