import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { anchorOf, pageFrom, pageQuery, timeIn, updatedSinceQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import { createContact } from './create.ts'
import { findContact, listCustomers } from './queries.ts'
import { contactChanges, contactStatus, customers, newContact, oneContact, type ContactStatus } from './schema.ts'
import { update } from './update.ts'

const tags = ['Contacts']

export const contactRoutes = (app: App, db: Db): void => {
  app.get(
    '/customers',
    {
      schema: {
        operationId: 'listCustomers',
        summary: 'All contacts with their latest conversation, newest activity first',
        description:
          'Each contact with its newest conversation. A contact without a message is listed by its creation.',
        tags,
        params: pathOf(),
        querystring: Type.Object(
          {
            ...pageQuery,
            updatedSince: updatedSinceQuery,
            status: Type.Optional(Type.Unsafe<ContactStatus>({ ...contactStatus, description: 'All, unless given.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: customers },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor, status, ...query } }) => {
      const list = ['customers', workspaceId, status, query.updatedSince]
      const after = anchorOf(list, cursor, ['string', 'string'])
      const rows = await listCustomers(db, workspaceId, {
        status,
        updatedSince: timeIn(query.updatedSince),
        after,
        limit: limit + 1,
      })
      return { customers: pageFrom(rows, { limit, list, anchor: (row) => [row.activityAt, row.contact.id] }) }
    },
  )

  app.get(
    '/contacts/:contactId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'getContact',
        summary: 'One contact',
        description: 'With the `ETag` that a change takes.',
        errors: ['contact_not_found'],
        tags,
        params: pathOf('contactId'),
        response: { 200: oneContact },
      },
    },
    async ({ caller, params }) => ({
      contact: (await findContact(db, caller.workspaceId, params.contactId)) ?? fail('contact_not_found'),
    }),
  )

  app.post(
    '/contacts',
    {
      schema: {
        operationId: 'createContact',
        summary: 'Create a contact, or get the one that has the address',
        description: 'A contact with the address is answered as it is, with 200.',
        tags,
        params: pathOf(),
        body: newContact,
        response: {
          200: Type.Object(oneContact.properties, {
            description: 'There was one with this address: here it is, unchanged.',
          }),
          201: Type.Object(oneContact.properties, { description: 'Created.' }),
        },
      },
    },
    async ({ caller, body }, reply) =>
      answerOnce(db, reply, async (tx) => {
        const { contact, isNew } = await createContact(tx, caller.workspaceId, { ...body, source: 'API' })
        return { status: isNew ? 201 : 200, body: { contact }, contactId: contact.id }
      }),
  )

  app.patch(
    '/contacts/:contactId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'updateContact',
        summary: 'Change, archive or unarchive a contact',
        description: 'Only the fields that are given change. Null clears `phone` and `avatarUrl`.',
        errors: ['contact_not_found', 'email_taken'],
        tags,
        params: pathOf('contactId'),
        body: contactChanges,
        response: { 200: oneContact },
      },
    },
    async ({ caller, params, body, headers }) => ({
      contact: await update(db, caller.workspaceId, {
        id: params.contactId,
        changes: body,
        ifMatch: headers['if-match'],
      }),
    }),
  )
}
