import multipart from '@fastify/multipart'
import { fail } from '../errors.ts'
import { limits } from '../limits.ts'
import { assertText } from '../http/body.ts'
import type { App } from '../http/schema.ts'
import { readParts, release, shortened, type Room, type Upload } from '../http/uploads.ts'
import { assertFiles } from './files.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The files that were sent along. */
    uploads?: Upload[]
  }
}

/** Each address is a field of its own. */
const fieldsMost = 10 + limits.replyRecipients

/**
 * The routes of this context take multipart/form-data, too: its fields become what the body would be as JSON, held to the
 * same schema, its files `uploads`.
 */
export const takeFiles = async (app: App, room: Room): Promise<void> => {
  await app.register(multipart)
  app.addHook('preValidation', async (request, reply) => {
    if (!request.isMultipart()) return
    const fields = new Map<string, string | boolean | string[]>()
    const addField = (name: string, text: string) => {
      const place = shortened(name)
      const before = fields.get(name)
      if (before !== undefined && !lists.has(name)) fail('invalid_request', { sentence: `${place} is given twice.` })
      if (name === 'attachments') fail('invalid_request', { sentence: 'attachments must be files, each with a name.' })
      assertText(name, 'A field name')
      assertText(text, place)
      if (lists.has(name)) fields.set(name, [...((before as string[] | undefined) ?? []), text])
      else fields.set(name, valueOf(name, text.replaceAll(/\r\n?/g, '\n')))
    }
    const partsMost = fieldsMost + limits.uploadFiles
    const parts = await readParts(request, { room, filesField: 'attachments', partsMost, addField })
    // whether it is answered or its client goes away
    for (const end of ['finish', 'close']) reply.raw.once(end, () => release(parts, room))
    assertFiles(parts)
    request.body = Object.fromEntries(fields)
    request.uploads = parts.files
  })
}

const lists = new Set(['to', 'cc', 'bcc'])

/** The one field that is no text. */
const valueOf = (name: string, text: string): string | boolean =>
  name === 'note' && /^(true|false)$/.test(text) ? text === 'true' : text
