import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { assertMatch } from '../http/etag.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { pathOf, type App } from '../http/schema.ts'
import {
  deleteSavedReply,
  findSavedReply,
  holdSavedReply,
  insertSavedReply,
  isShortcutTaken,
  listSavedReplies,
  updateSavedReply,
} from './queries.ts'
import { newSavedReply, oneSavedReply, savedReplies, savedReplyChanges } from './schema.ts'

const tags = ['Saved replies']
const params = pathOf('savedReplyId')

export const savedReplyRoutes = (app: App, db: Db): void => {
  app.get(
    '/saved-replies',
    {
      schema: {
        operationId: 'listSavedReplies',
        summary: 'What is written again and again, by shortcut',
        description: 'In the order of their shortcuts.',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: savedReplies },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['saved-replies', workspaceId]
      const after = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listSavedReplies(db, workspaceId, { after, limit: limit + 1 })
      return { savedReplies: pageFrom(rows, { limit, list, anchor: ({ shortcut }) => [shortcut] }) }
    },
  )

  app.post(
    '/saved-replies',
    {
      schema: {
        operationId: 'createSavedReply',
        summary: 'Save a reply under a shortcut',
        description: 'Agents type the shortcut after a slash to insert the text.',
        errors: ['shortcut_taken'],
        tags,
        params: pathOf(),
        body: newSavedReply,
        response: { 201: oneSavedReply },
      },
    },
    async ({ caller, body }, reply) =>
      answerOnce(db, reply, async (tx) => {
        const savedReply = (await insertSavedReply(tx, caller.workspaceId, body)) ?? fail('shortcut_taken')
        return { status: 201, body: { savedReply }, contactId: null }
      }),
  )

  app.get(
    '/saved-replies/:savedReplyId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'getSavedReply',
        summary: 'One saved reply',
        description: 'With the `ETag` that a change takes.',
        errors: ['saved_reply_not_found'],
        tags,
        params,
        response: { 200: oneSavedReply },
      },
    },
    async ({ caller, params: { savedReplyId } }) => ({
      savedReply: (await findSavedReply(db, caller.workspaceId, savedReplyId)) ?? fail('saved_reply_not_found'),
    }),
  )

  app.patch(
    '/saved-replies/:savedReplyId',
    {
      config: { hasVersion: true },
      schema: {
        operationId: 'updateSavedReply',
        summary: 'Change a saved reply',
        description: 'Only the fields that are given change.',
        errors: ['saved_reply_not_found', 'shortcut_taken'],
        tags,
        params,
        body: savedReplyChanges,
        response: { 200: oneSavedReply },
      },
    },
    async ({ caller: { workspaceId }, params: { savedReplyId }, body, headers }) =>
      db.transaction(async (tx) => {
        const before = (await holdSavedReply(tx, workspaceId, savedReplyId)) ?? fail('saved_reply_not_found')
        assertMatch(headers['if-match'], before, () => ({ savedReply: before }))
        const savedReply = { ...before, ...body, version: before.version + 1 }
        if (await isShortcutTaken(tx, workspaceId, savedReply)) fail('shortcut_taken')
        await updateSavedReply(tx, workspaceId, savedReply)
        return { savedReply }
      }),
  )

  app.delete(
    '/saved-replies/:savedReplyId',
    {
      schema: {
        operationId: 'deleteSavedReply',
        summary: 'Delete a saved reply; what was written with it stays',
        description: 'Its shortcut becomes free.',
        errors: ['saved_reply_not_found'],
        tags,
        params,
        response: { 204: Type.Null({ description: 'Deleted.' }) },
      },
    },
    async ({ caller, params: { savedReplyId } }, reply) => {
      if ((await deleteSavedReply(db, caller.workspaceId, savedReplyId)) === 0) fail('saved_reply_not_found')
      return reply.code(204).send(null)
    },
  )
}
