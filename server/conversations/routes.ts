import { Type } from 'typebox'
import { findAgent } from '../agents/queries.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import { messageId, oneOf, pathOf, type App } from '../http/schema.ts'
import {
  countConversations,
  findWithChannel,
  holdConversation,
  listConversations,
  markRead,
  markUnread,
  seqOfMessage,
  setAssignment,
  setStatus,
} from './queries.ts'
import { listParticipants, removeParticipant, replyRecipients } from './participants.ts'
import { conversations, conversationStatus, counts, detailedConversation, newAssignment, newStatus } from './schema.ts'

const tags = ['Conversations']
const params = pathOf('conversationId')
const response = { 200: detailedConversation }

export const conversationRoutes = (app: App, db: Db): void => {
  app.get(
    '/conversations',
    {
      schema: {
        operationId: 'listConversations',
        summary: 'Conversations, newest activity first; archived ones when asked for',
        tags,
        params: pathOf(),
        querystring: Type.Object(
          {
            ...pageQuery,
            status: Type.Optional(conversationStatus),
            contactId: Type.Optional(Type.String()),
            assignedTo: Type.Optional(Type.String({ description: 'The id of an agent, `me`, or `none`.' })),
            unread: Type.Optional(oneOf(['true', 'false'])),
            undelivered: Type.Optional(oneOf(['true', 'false'])),
            include: Type.Optional(oneOf(['lastMessage'], { description: 'lastMessage: whose turn it is.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: conversations },
      },
    },
    async ({ caller: { workspaceId, agentId }, query }) => {
      const { limit, cursor, status, contactId, assignedTo } = query
      const assignedToId = assignedTo && assigneeOf(assignedTo, agentId)
      const unread = query.unread && query.unread === 'true'
      const undelivered = query.undelivered && query.undelivered === 'true'
      const filters = [status, contactId, assignedToId ?? assignedTo, query.unread, query.undelivered]
      const list = ['conversations', workspaceId, ...filters]
      const after = anchorOf(list, cursor, ['string', 'string'])
      const rows = await listConversations(db, workspaceId, {
        status,
        contactId,
        assignedToId,
        unread,
        undelivered,
        hasLastMessage: query.include === 'lastMessage',
        after,
        limit: limit + 1,
      })
      return { conversations: pageFrom(rows, { limit, list, anchor: (row) => [row.activityAt, row.id] }) }
    },
  )

  app.get(
    '/conversations/counts',
    {
      schema: {
        operationId: 'countConversations',
        summary: 'How many conversations each view has',
        tags,
        params: pathOf(),
        response: { 200: counts },
      },
    },
    async ({ caller: { workspaceId, agentId } }) => ({ counts: await countConversations(db, workspaceId, agentId) }),
  )

  app.get(
    '/conversations/:conversationId',
    {
      schema: {
        operationId: 'getConversation',
        summary: 'One conversation, with its channel',
        tags,
        params,
        response: { 200: detailedConversation },
      },
    },
    async ({ caller, params: { conversationId } }) => ({
      conversation: (await findDetailed(db, caller.workspaceId, conversationId)) ?? fail('conversation_not_found'),
    }),
  )

  app.put(
    '/conversations/:conversationId/status',
    {
      schema: {
        operationId: 'setConversationStatus',
        summary: 'Open, close or archive',
        tags,
        params,
        body: newStatus,
        response,
      },
    },
    ({ caller, params: { conversationId: id }, body: { status } }) =>
      change(db, { workspaceId: caller.workspaceId, id }, (tx) => setStatus(tx, caller.workspaceId, { id, status })),
  )

  app.put(
    '/conversations/:conversationId/read',
    {
      schema: {
        operationId: 'markConversationRead',
        summary: 'Nothing in it is unread any more, or nothing up to a message',
        tags,
        params,
        querystring: Type.Object(
          {
            upTo: Type.Optional(messageId('What came after this message stays unread.')),
          },
          { additionalProperties: false },
        ),
        response,
      },
    },
    ({ caller: { workspaceId }, params: { conversationId: id }, query: { upTo: messageId } }) =>
      change(db, { workspaceId, id }, async (tx) => {
        const upTo =
          messageId === undefined
            ? undefined
            : ((await seqOfMessage(tx, workspaceId, { id, messageId })) ?? fail('message_not_found'))
        await markRead(tx, workspaceId, { id, upTo })
      }),
  )

  app.put(
    '/conversations/:conversationId/unread',
    {
      schema: {
        operationId: 'markConversationUnread',
        summary: 'Its newest message is unread again',
        tags,
        params,
        response,
      },
    },
    ({ caller, params: { conversationId: id } }) =>
      change(db, { workspaceId: caller.workspaceId, id }, (tx) => markUnread(tx, caller.workspaceId, id)),
  )

  app.put(
    '/conversations/:conversationId/assignment',
    {
      schema: {
        operationId: 'assignConversation',
        summary: 'Give it to an agent, or to nobody with null',
        tags,
        params,
        body: newAssignment,
        response,
      },
    },
    ({ caller: { workspaceId }, params: { conversationId: id }, body: { agentId } }) =>
      change(db, { workspaceId, id }, async (tx) => {
        if (agentId !== null && !(await findAgent(tx, workspaceId, agentId))) fail('agent_not_found')
        await setAssignment(tx, workspaceId, { id, agentId })
      }),
  )

  app.delete(
    '/conversations/:conversationId/participants/:email',
    {
      schema: {
        operationId: 'removeParticipant',
        summary: 'Replies leave this person out from now on, until one names them again',
        tags,
        params: pathOf('conversationId', 'email'),
        response,
      },
    },
    ({ caller: { workspaceId }, params: { conversationId: id, email } }) =>
      change(db, { workspaceId, id }, async (tx) => {
        if (!(await removeParticipant(tx, workspaceId, { conversationId: id, email }))) fail('participant_not_found')
      }),
  )
}

const findDetailed = async (db: Queries, workspaceId: string, id: string) => {
  const conversation = await findWithChannel(db, workspaceId, id)
  return (
    conversation && {
      ...conversation,
      participants: await listParticipants(db, workspaceId, id),
      recipients: await replyRecipients(db, workspaceId, id),
    }
  )
}

/** Null where they are nobody's; a program is no agent, and has none. */
const assigneeOf = (assignedTo: string, agentId: string | null): string | null => {
  if (assignedTo === 'none') return null
  return assignedTo === 'me' ? (agentId ?? '') : assignedTo
}

const change = (db: Db, { workspaceId, id }: { workspaceId: string; id: string }, act: (tx: Tx) => Promise<unknown>) =>
  db.transaction(async (tx) => {
    const { contactId } = (await holdConversation(tx, workspaceId, id)) ?? fail('conversation_not_found')
    await act(tx)
    record(tx, workspaceId, { kind: 'CONVERSATION_CHANGED', contactId, conversationId: id })
    return { conversation: (await findDetailed(tx, workspaceId, id))! }
  })
