import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { assertSpace, type FreeSpace } from '../http/free-space.ts'
import { line, pathOf, type App } from '../http/schema.ts'
import { readFile, release, type Room } from '../http/uploads.ts'
import { limits } from '../limits.ts'
import { deleteFile, keepFile, oneFile } from './uploaded-files.ts'

const tags = ['Messages']
const anyBytes = 'application/octet-stream'

interface Parts {
  db: Db
  room: Room
  space: FreeSpace | undefined
}

/** Files are uploaded first, and messages name them. */
export const fileRoutes = (app: App, { db, room, space }: Parts): void => {
  app.delete(
    '/files/:fileId',
    {
      schema: {
        operationId: 'deleteFile',
        summary: 'Take back a file that no message has',
        description: 'The file of a message stays: it is erased with its contact.',
        errors: ['file_not_found'],
        tags,
        params: pathOf('fileId'),
        response: { 204: Type.Null({ description: 'Deleted.' }) },
      },
    },
    async ({ caller: { workspaceId }, params: { fileId } }, reply) => {
      if ((await db.transaction((tx) => deleteFile(tx, workspaceId, fileId))) === 0) fail('file_not_found')
      return reply.code(204).send(null)
    },
  )

  // a context of its own: a file is any bytes
  void app.register(async (files: App) => {
    files.removeAllContentTypeParsers()
    files.addContentTypeParser('*', (_request, body, done) => done(null, body))
    files.post(
      '/files',
      {
        bodyLimit: limits.uploadBytes,
        schema: {
          operationId: 'uploadFile',
          summary: 'Upload a file for a message',
          description: `The body is the file itself. Name its id in the \`attachmentIds\` of a message within a day: a file belongs to one message, and one that no message has is deleted.`,
          errors: ['too_many_files', 'uploads_busy', 'disk_nearly_full'],
          tags,
          params: pathOf(),
          querystring: Type.Object(
            {
              name: line(limits.fileNameCharacters, { description: 'What it is called.', examples: ['invoice.pdf'] }),
              contentType: Type.Optional(
                Type.String({
                  pattern: String.raw`^[\w!#$&^.+-]+/[\w!#$&^.+-]{1,100}$`,
                  'x-rule': 'must be a media type such as application/pdf',
                  description: 'What it is; Content-Type, unless given.',
                }),
              ),
            },
            { additionalProperties: false },
          ),
          body: {
            content: { [anyBytes]: { schema: Type.Unsafe<unknown>({ description: 'The file.' }) } },
          },
          response: { 201: oneFile },
        },
      },
      async (request, reply) => {
        const { caller, headers, query, body } = request
        if (headers['content-encoding'] !== undefined) fail('body_compressed')
        assertSpace(space)
        if (!body) fail('invalid_request', { sentence: 'The body is empty.' })
        const contentType = query.contentType ?? headers['content-type']?.split(';')[0]!.trim() ?? anyBytes
        const { upload, held } = await readFile(body as Readable, { room, name: query.name, contentType })
        if (upload.size === 0) fail('invalid_request', { sentence: 'The body is empty.' })
        reply.raw.once('close', () => release(held, room))
        // for a retry with the same Idempotency-Key
        request.body = upload.hash
        return keepFile(db, { workspaceId: caller.workspaceId, callerId: caller.id, upload }, (storeFile) =>
          answerOnce(db, reply, async (tx) => ({ status: 201, body: { file: await storeFile(tx) }, contactId: null })),
        )
      },
    )
  })
}
