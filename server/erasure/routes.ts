import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { eraseContact } from './erase.ts'
import { findErasure, listErasures } from './erasures.ts'
import { erasures, oneErasure } from './schema.ts'
import { Steps } from './steps.ts'

const tags = ['Contacts']
const config = { scopes: ['api_user'] } as const

export const erasureRoutes = (app: App, db: Db): void => {
  const steps = new Steps()

  app.delete(
    '/contacts/:contactId',
    {
      config,
      schema: {
        operationId: 'deleteContact',
        summary: 'Erase a contact with all conversations, messages, mails and files',
        description:
          'Takes about a tenth of a second a message. Asked again after a broken connection, it goes on. It cannot be undone.',
        errors: ['contact_not_found'],
        tags,
        params: pathOf('contactId'),
        response: { 204: Type.Null({ description: 'Gone. `Location` leads to its erasure.' }) },
      },
    },
    async ({ caller: { workspaceId }, params }, reply) => {
      // it may take minutes: without a listener a connection that is silent for 30 s is closed
      reply.raw.on('timeout', () => {})
      const id = await eraseContact({ db, steps }, workspaceId, params.contactId)
      if (id !== undefined)
        void reply.header('location', `${app.prefix.replace(':workspaceId', workspaceId)}/erasures/${id}`)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/erasures',
    {
      config,
      schema: {
        operationId: 'listErasures',
        summary: 'Erasures of contacts, newest first',
        description: 'Kept for 90 days. Nothing in them tells whose erasure it was.',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: erasures },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['erasures', workspaceId]
      const before = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listErasures(db, workspaceId, { before, limit: limit + 1 })
      return { erasures: pageFrom(rows, { limit, list, anchor: ({ id }) => [id] }) }
    },
  )

  app.get(
    '/erasures/:erasureId',
    {
      config,
      schema: {
        operationId: 'getErasure',
        summary: 'Whether an erasure has reached the bytes of the files',
        description: '`scrubbedAt` says when the bytes of the database files had nothing of the contact any more.',
        errors: ['erasure_not_found'],
        tags,
        params: pathOf('erasureId'),
        response: { 200: oneErasure },
      },
    },
    async ({ caller, params }) => ({
      erasure: (await findErasure(db, caller.workspaceId, params.erasureId)) ?? fail('erasure_not_found'),
    }),
  )
}
