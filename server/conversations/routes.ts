import { Type } from 'typebox'
import { findAgent } from '../agents/queries.ts'
import { touchContact } from '../contacts/queries.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { assertMatch } from '../http/etag.ts'
import { anchorOf, pageFrom, pageQuery, timeIn, updatedSinceQuery } from '../http/pages.ts'
import { id, messageId, oneOf, pathOf, type App } from '../http/schema.ts'
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
import {
  conversations,
  conversationStatus,
  counts,
  detailedConversation,
  newAssignment,
  newStatus,
  type ConversationStatus,
} from './schema.ts'

const tags = ['Conversations']
const params = pathOf('conversationId')
const response = { 200: detailedConversation }
const config = { hasVersion: true } as const

export const conversationRoutes = (app: App, db: Db): void => {
  app.get(
    '/conversations',
    {
      schema: {
        operationId: 'listConversations',
        summary: 'Conversations, newest activity first; archived ones when asked for',
        description: 'Each with its contact and its newest message. The filters can be combined.',
        tags,
        params: pathOf(),
        querystring: Type.Object(
          {
            ...pageQuery,
            status: Type.Optional(
              Type.Unsafe<ConversationStatus>({ ...conversationStatus, description: 'OPEN and CLOSED, unless given.' }),
            ),
            contactId: Type.Optional(id('ctc', { description: 'Of one contact.' })),
            assignedTo: Type.Optional(
              Type.String({ description: 'The id of an agent, `me`, or `none`.', examples: ['me'] }),
            ),
            updatedSince: updatedSinceQuery,
            unread: Type.Optional(
              oneOf(['true', 'false'], { description: 'Whether the customer has written since it was read.' }),
            ),
            undelivered: Type.Optional(
              oneOf(['true', 'false'], { description: 'Whether the newest reply was not delivered.' }),
            ),
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
      const filters = [
        status,
        contactId,
        assignedToId ?? assignedTo,
        query.unread,
        query.undelivered,
        query.updatedSince,
      ]
      const list = ['conversations', workspaceId, ...filters]
      const after = anchorOf(list, cursor, ['string', 'string'])
      const rows = await listConversations(db, workspaceId, {
        status,
        contactId,
        assignedToId,
        unread,
        undelivered,
        hasLastMessage: query.include === 'lastMessage',
        updatedSince: timeIn(query.updatedSince),
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
        description: 'As many as the lists with the same filters have.',
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
      config,
      schema: {
        operationId: 'getConversation',
        summary: 'One conversation, with its channel',
        description: 'With its channel, the address that an answer goes to, and the `ETag` that a change takes.',
        errors: ['conversation_not_found'],
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
      config,
      schema: {
        operationId: 'setConversationStatus',
        summary: 'Open, close or archive',
        description: 'A new message of the customer opens a conversation again. Repeating the request is harmless.',
        errors: ['conversation_not_found'],
        tags,
        params,
        body: newStatus,
        response,
      },
    },
    ({ caller, params: { conversationId: id }, body: { status }, headers }) =>
      change(db, { workspaceId: caller.workspaceId, id, ifMatch: headers['if-match'] }, (tx) =>
        setStatus(tx, caller.workspaceId, { id, status }),
      ),
  )

  app.put(
    '/conversations/:conversationId/read',
    {
      config,
      schema: {
        operationId: 'markConversationRead',
        summary: 'Nothing in it is unread any more, or nothing up to a message',
        description: 'Marks every message that has arrived as read. Messages that arrive later are unread.',
        errors: ['conversation_not_found', 'message_not_found'],
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
      config,
      schema: {
        operationId: 'markConversationUnread',
        summary: 'Its newest message is unread again',
        description: "The customer's newest message or, where none has come, the newest of all.",
        errors: ['conversation_not_found'],
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
      config,
      schema: {
        operationId: 'assignConversation',
        summary: 'Give it to an agent, or to nobody with null',
        description: '`agentId` is the id of an agent of the workspace. Null takes the conversation from everybody.',
        errors: ['conversation_not_found', 'agent_not_found'],
        tags,
        params,
        body: newAssignment,
        response,
      },
    },
    ({ caller: { workspaceId }, params: { conversationId: id }, body: { agentId }, headers }) =>
      change(db, { workspaceId, id, ifMatch: headers['if-match'] }, async (tx) => {
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
        description: 'What they wrote stays.',
        errors: ['conversation_not_found', 'participant_not_found'],
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

interface Changed {
  workspaceId: string
  id: string
  ifMatch?: string | undefined
}

const change = (db: Db, { workspaceId, id, ifMatch }: Changed, act: (tx: Tx) => Promise<unknown>) =>
  db.transaction(async (tx) => {
    const { contactId, version } = (await holdConversation(tx, workspaceId, id)) ?? fail('conversation_not_found')
    if (ifMatch !== undefined) {
      const conversation = (await findDetailed(tx, workspaceId, id))!
      assertMatch(ifMatch, { version }, () => ({ conversation }))
    }
    await act(tx)
    await touchContact(tx, workspaceId, contactId)
    record(tx, workspaceId, { kind: 'CONVERSATION_CHANGED', contactId, conversationId: id })
    return { conversation: (await findDetailed(tx, workspaceId, id))! }
  })
