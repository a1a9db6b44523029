import { Type } from 'typebox'
import type { FastifyReply } from 'fastify'
import type { Db } from '../db/db.ts'
import { ApiError, fail } from '../errors.ts'
import { pathOf, type App } from '../http/schema.ts'
import { findMessage } from '../messages/queries.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { readRaw } from './raw.ts'

const tags = ['Messages']
const file = Type.Unsafe<Buffer>({ type: 'string', format: 'binary' })
const fileReply = (contentType: string) => ({
  200: { description: 'The file.', content: { [contentType]: { schema: file } } },
})

export const mailRoutes = (app: App, db: Db, parser: MailParser): void => {
  app.get(
    '/conversations/:conversationId/messages/:messageId/raw',
    {
      schema: {
        operationId: 'getRawMail',
        summary: 'The mail as it came, byte for byte',
        tags,
        params: pathOf('conversationId', 'messageId'),
        response: fileReply('message/rfc822'),
      },
    },
    async ({ caller: { workspaceId }, params }, reply) => {
      const { id } = await messageIn(db, workspaceId, params)
      const raw = (await readRaw(db, workspaceId, id)) ?? fail('raw_mail_not_found')
      return sendFile(reply, { name: `${id}.eml`, contentType: 'message/rfc822', bytes: raw })
    },
  )

  app.get(
    '/conversations/:conversationId/messages/:messageId/attachments/:number',
    {
      schema: {
        operationId: 'getAttachment',
        summary: 'An attachment, out of the raw mail',
        tags,
        params: pathOf('conversationId', 'messageId', 'number'),
        response: fileReply('application/octet-stream'),
      },
    },
    async ({ caller: { workspaceId }, params }, reply) => {
      const { id, attachments } = await messageIn(db, workspaceId, params)
      const { name, number } =
        attachments.find((attachment) => String(attachment.number) === params.number) ?? fail('attachment_not_found')
      const raw = (await readRaw(db, workspaceId, id)) ?? fail('raw_mail_not_found')
      const bytes = await parser.attachment(raw, number).catch((error: unknown) => {
        if (error instanceof Unreadable) throw new ApiError('mail_unreadable', { reason: error.message })
        throw error
      })
      return sendFile(reply, {
        name,
        contentType: 'application/octet-stream',
        bytes: Buffer.from(bytes ?? fail('attachment_not_found')),
      })
    },
  )
}

const messageIn = async (db: Db, workspaceId: string, params: { conversationId: string; messageId: string }) => {
  const message = await findMessage(db, workspaceId, params.messageId)
  return message?.conversationId === params.conversationId ? message : fail('message_not_found')
}

/** Always a download, whatever a stranger called it (RFC 6266). */
const sendFile = (
  reply: FastifyReply,
  { name, contentType, bytes }: { name: string; contentType: string; bytes: Buffer },
) => {
  const plain = name.replace(/[^\w .()-]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return reply
    .header('content-type', contentType)
    .header('content-disposition', `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`)
    .send(bytes)
}
