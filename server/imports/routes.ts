import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { Refusal } from '../config.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { mayTakeLong } from '../http/patience.ts'
import { pathOf, type App } from '../http/schema.ts'
import { keepBody, pathOfImport, removeFile } from './files.ts'
import { includable, type Includable } from './left-out.ts'
import { kindOf } from './mails.ts'
import { confirmImport, discardImport, findImport, insertImport, listImports, type ImportSettings } from './queries.ts'
import { columnsIn } from './review.ts'
import { confirmedColumns, imports, newImport, oneImport, type ConfirmedColumns, type Import } from './schema.ts'

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
        description: 'Kept for 30 days.',
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
        description: 'Ask again while its status is WAITING or RUNNING.',
        errors: ['import_not_found'],
        tags,
        params: pathOf('importId'),
        response: { 200: oneImport },
      },
    },
    async ({ caller, params }) => ({
      import: (await findImport(db, caller.workspaceId, params.importId)) ?? fail('import_not_found'),
    }),
  )

  app.post(
    '/imports/:importId/start',
    {
      config,
      schema: {
        operationId: 'startImport',
        summary: 'Confirm the columns of a CSV that waits for it',
        description: 'Says which field each column of the file is. An import waits one day for it.',
        errors: ['import_not_found', 'import_not_in_review'],
        tags,
        params: pathOf('importId'),
        body: confirmedColumns,
        response: { 202: oneImport },
      },
    },
    async ({ caller: { workspaceId }, params: { importId: id }, body }, reply) =>
      answerOnce(db, reply, async (tx) => {
        const found = (await findImport(tx, workspaceId, id)) ?? fail('import_not_found')
        const settings = settingsOf(body, found.columns?.map(({ name }) => name) ?? fail('import_not_in_review'))
        const started = await confirmImport(tx, workspaceId, { id, settings })
        return { status: 202, body: { import: started ?? fail('import_not_in_review') }, contactId: null }
      }),
  )

  app.delete(
    '/imports/:importId',
    {
      config,
      schema: {
        operationId: 'discardImport',
        summary: 'Take back a CSV that waits for a review',
        description: 'Nothing of the file was stored, and nothing of it is kept.',
        errors: ['import_not_found', 'import_not_in_review'],
        tags,
        params: pathOf('importId'),
        response: { 204: Type.Null({ description: 'Nothing of it was stored.' }) },
      },
    },
    async ({ caller: { workspaceId }, params: { importId: id } }, reply) => {
      if (!(await findImport(db, workspaceId, id))) fail('import_not_found')
      if ((await discardImport(db, workspaceId, id)) === 0) fail('import_not_in_review')
      await removeFile(pathOfImport(dataDir, id))
      return reply.code(204).send(null)
    },
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
          summary: 'Send a file of mails (mbox, .eml, .emlx, .msg) or contacts (CSV) to be imported',
          errors: ['uploads_busy', 'no_room'],
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
        const settings = { include: includeOf(query.include), update: query.update === 'true', map: {} }
        if (headers['content-encoding'] !== undefined) fail('body_compressed')
        if (!body) fail('invalid_request', { sentence: 'The body is empty.' })
        const id = newId('imp')
        const path = pathOfImport(dataDir, id)
        let isClaimed = false
        mayTakeLong(request)
        const { size: bytes, hash } = await keepBody(body as Readable, path, Number(headers['content-length'] ?? 0))
        try {
          const kind = await kindOf(path, query.name).catch(asBadRequest)
          const isReviewed = query.review === 'true'
          if (isReviewed && kind !== 'csv') fail('invalid_request', { sentence: 'review is for CSV files only.' })
          const columns = isReviewed ? await columnsIn(path, query.name).catch(asBadRequest) : null
          // for a retry with the same Idempotency-Key
          request.body = hash
          return await answerOnce(db, reply, async (tx) => {
            const given = { id, name: query.name, kind: kind.toUpperCase() as Import['kind'], bytes }
            const wanted = { own, conversationStatus: query.status, settings, columns }
            const made = await insertImport(tx, caller.workspaceId, { ...given, ...wanted })
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

const settingsOf = ({ columns, update = false }: ConfirmedColumns, names: string[]): ImportSettings => {
  const unknown = Object.keys(columns).find((name) => !names.includes(name))
  if (unknown !== undefined)
    fail('invalid_request', { sentence: `columns has "${unknown.slice(0, 100)}", which is no column of the file.` })
  const map = new Map(names.map((name) => [name.trim(), columns[name] ?? null]))
  if (![...map.values()].includes('email'))
    fail('invalid_request', { sentence: 'columns must say which column is the email address.' })
  return { include: [], update, map: Object.fromEntries(map) }
}

const ownOf = (text = ''): string[] => {
  const addresses = text.split(',').map((address) => address.trim())
  if (text.trim() === '') return []
  const wrong = addresses.find((address) => !isEmail(address))
  if (wrong !== undefined)
    fail('invalid_request', { sentence: `own must be email addresses, with commas; "${wrong.slice(0, 100)}" is none.` })
  return addresses.map(emailKey)
}

const includeOf = (text = ''): Includable[] => {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.map((name) => {
    const known = includable.find((one) => one === name)
    const sentence = `include must be some of ${includable.join(', ')}, with commas; "${name.slice(0, 100)}" is none.`
    return known ?? fail('invalid_request', { sentence })
  })
}

const asBadRequest = (error: unknown): never => {
  if (error instanceof Refusal) fail('invalid_request', { sentence: error.message })
  throw error
}
