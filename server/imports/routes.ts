import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { limits, Refusal } from '../config.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { mayTakeLong } from '../http/patience.ts'
import { pathOf, type App } from '../http/schema.ts'
import { keepBody, pathOfImport, removeFile } from './files.ts'
import { kindOf } from './mails.ts'
import { findImport, insertImport, listImports } from './queries.ts'
import { imports, newImport, oneImport, type Import } from './schema.ts'

const tags = ['Imports']
const config = { scopes: ['api_user'] } as const

export const importRoutes = (app: App, db: Db, dataDir: string): void => {
  app.get(
    '/imports',
    {
      config,
      schema: {
        operationId: 'listImports',
        summary: 'Files that were sent to be imported, newest first',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: imports },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['imports', workspaceId]
      const before = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listImports(db, workspaceId, { before, limit: limit + 1 })
      return { imports: pageFrom(rows, { limit, list, anchor: ({ id }) => [id] }) }
    },
  )

  app.get(
    '/imports/:importId',
    {
      config,
      schema: {
        operationId: 'getImport',
        summary: 'How far an import is, and its report',
        tags,
        params: pathOf('importId'),
        response: { 200: oneImport },
      },
    },
    async ({ caller, params }) => ({
      import: (await findImport(db, caller.workspaceId, params.importId)) ?? fail('import_not_found'),
    }),
  )

  // a context of its own: a file is any bytes, and is not read into memory
  void app.register(async (files: App) => {
    files.removeAllContentTypeParsers()
    files.addContentTypeParser('*', (_request, body, done) => done(null, body))
    files.post(
      '/imports',
      {
        bodyLimit: limits.importBytes,
        config,
        schema: {
          operationId: 'createImport',
          summary: 'Send a file of mails (mbox, .eml) or contacts (CSV) to be imported',
          description: 'Answered when the file is on disk. What is stored already is not stored again.',
          tags,
          params: pathOf(),
          querystring: newImport,
          body: {
            content: { 'application/octet-stream': { schema: Type.Unsafe<unknown>({ description: 'The file.' }) } },
          },
          response: { 202: oneImport },
        },
      },
      async (request, reply) => {
        const { caller, headers, query, body } = request
        const own = ownOf(query.own)
        if (headers['content-encoding'] !== undefined) fail('body_compressed')
        if (!body) fail('invalid_request', { sentence: 'The body is empty.' })
        const id = newId('imp')
        const path = pathOfImport(dataDir, id)
        let isClaimed = false
        mayTakeLong(request)
        const { size: bytes, hash } = await keepBody(body as Readable, path, Number(headers['content-length'] ?? 0))
        try {
          const kind = await kindOf(path, query.name).catch(asBadRequest)
          // for a retry with the same Idempotency-Key
          request.body = hash
          return await answerOnce(db, reply, async (tx) => {
            const given = { id, name: query.name, kind: kind.toUpperCase() as Import['kind'], bytes }
            const made = await insertImport(tx, caller.workspaceId, { ...given, own, conversationStatus: query.status })
            isClaimed = true
            return { status: 202, body: { import: made }, contactId: null }
          })
        } finally {
          if (!isClaimed) await removeFile(path)
        }
      },
    )
  })
}

const ownOf = (text = ''): string[] => {
  const addresses = text.split(',').map((address) => address.trim())
  if (text.trim() === '') return []
  const wrong = addresses.find((address) => !isEmail(address))
  if (wrong !== undefined)
    fail('invalid_request', { sentence: `own must be email addresses, with commas; "${wrong.slice(0, 100)}" is none.` })
  return addresses.map(emailKey)
}

const asBadRequest = (error: unknown): never => {
  if (error instanceof Refusal) fail('invalid_request', { sentence: error.message })
  throw error
}
