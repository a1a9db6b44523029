import type { Db } from '../db/db.ts'
import { ApiError, fail } from '../errors.ts'
import { fileReply, sendFile } from '../http/file.ts'
import { pathOf, type App } from '../http/schema.ts'
import { contentOf } from '../messages/files.ts'
import { messageIn } from '../messages/find.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { bytesIn, rawSizeOf, readRaw } from '../messages/raw.ts'

const tags = ['Messages']

export const mailRoutes = (app: App, db: Db, parser: MailParser): void => {
  app.get(
    '/conversations/:conversationId/messages/:messageId/raw',
    {
      schema: {
        operationId: 'getRawMail',
        summary: 'The mail as it came, byte for byte',
        description: 'Always a download. 404 for a message that did not come as a mail.',
        errors: ['message_not_found', 'raw_mail_not_found'],
        tags,
        params: pathOf('conversationId', 'messageId'),
        response: fileReply('message/rfc822'),
      },
    },
    async ({ caller: { workspaceId }, params }, reply) => {
      const { id: messageId } = await messageIn(db, workspaceId, params)
      const size = (await rawSizeOf(db, workspaceId, messageId)) ?? fail('raw_mail_not_found')
      const content = bytesIn(db, workspaceId, { messageId, begin: 0, size })
      return sendFile(reply, { name: `${messageId}.eml`, contentType: 'message/rfc822', content, size })
    },
  )

  app.get(
    '/conversations/:conversationId/messages/:messageId/attachments/:number',
    {
      schema: {
        operationId: 'getAttachment',
        summary: 'An attachment: as it was sent, or out of the raw mail',
        description: 'Always a download, whatever its name says. `number` is that of the attachment in the message.',
        errors: ['message_not_found', 'attachment_not_found', 'raw_mail_not_found', 'mail_unreadable'],
        tags,
        params: pathOf('conversationId', 'messageId', 'number'),
        response: fileReply('application/octet-stream'),
      },
    },
    async ({ caller: { workspaceId }, params }, reply) => {
      const { id, attachments } = await messageIn(db, workspaceId, params)
      const attachment =
        attachments.find(({ number }) => String(number) === params.number) ?? fail('attachment_not_found')
      const file = { name: attachment.name, contentType: 'application/octet-stream' }
      const content = contentOf(db, workspaceId, { messageId: id, ...attachment })
      if (content) return sendFile(reply, { ...file, content, size: attachment.size })
      const raw = (await readRaw(db, workspaceId, id)) ?? fail('raw_mail_not_found')
      const bytes = await parser.attachment(raw, attachment, [workspaceId, id]).catch((error: unknown) => {
        if (error instanceof Unreadable) throw new ApiError('mail_unreadable', { reason: error.message })
        throw error
      })
      const part = Buffer.from(bytes ?? fail('attachment_not_found'))
      return sendFile(reply, { ...file, content: part, size: part.length })
    },
  )
}
