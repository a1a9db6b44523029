import { Type } from 'typebox'
import { limits } from '../limits.ts'
import { emailKey, isEmail } from '../email-address.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { numberIn, type Opaque, type OpaqueOf } from '../http/opaque.ts'
import { anchorOf, pageFrom, type ListName, type Page } from '../http/pages.ts'
import { id, nullable, oneOf, pathOf, time, type App } from '../http/schema.ts'
import { askAnswering } from './indexes.ts'
import { searchContacts, searchConversations, searchMessages, type Ask } from './search.ts'
import { parseQuery } from './terms.ts'

const withContext = { description: 'With `include=context` only.' }
const status = Type.Optional(oneOf(['OPEN', 'CLOSED', 'ARCHIVED'], withContext))
const lastMessageAt = Type.Optional(nullable({ format: 'date-time', ...withContext }))
const person = { id: id('ctc'), name: Type.String() }

const results = Type.Object(
  {
    contacts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...person,
            email: Type.String(),
            status: Type.Optional(oneOf(['ACTIVE', 'ARCHIVED'], withContext)),
            phone: Type.Optional(nullable(withContext)),
            lastMessageAt,
          },
          { title: 'ContactHit' },
        ),
      ),
    ),
    conversations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: id('thd'),
            subject: Type.String(),
            lastMessagePreview: nullable(),
            status,
            lastMessageAt,
            contact: Type.Optional(Type.Object({ ...person, email: Type.String() }, withContext)),
          },
          { title: 'ConversationHit' },
        ),
      ),
    ),
    messages: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: id('msg'),
            conversationId: id('thd'),
            contact: Type.Object({ ...person, email: Type.Optional(Type.String(withContext)) }),
            contentPreview: Type.String(),
            createdAt: time,
            conversation: Type.Optional(Type.Object({ subject: Type.String(), status }, withContext)),
            context: Type.Optional(
              nullable({ description: 'With `include=context` only: the text around the words that were found.' }),
            ),
          },
          { title: 'MessageHit' },
        ),
      ),
    ),
    hasMore: Type.Optional(Type.Boolean({ description: 'With `type` only.' })),
    cursor: Type.Optional(nullable({ description: 'With `type` only.' })),
  },
  { title: 'SearchResults' },
)

const group = oneOf(['contacts', 'conversations', 'messages'], {
  title: 'SearchGroup',
  description: 'One group only, to page on through it.',
})

export const searchRoutes = (app: App, db: Db, opaqueOf: OpaqueOf): void => {
  app.get(
    '/search',
    {
      schema: {
        operationId: 'search',
        summary: 'Contacts, conversations and messages in which all words are found',
        description:
          'All words must be found, and case and accents do not count. With `type` one group is answered, with pages.',
        tags: ['Search'],
        params: pathOf(),
        querystring: Type.Object(
          {
            q: Type.String({
              maxLength: limits.queryCharacters,
              pattern: String.raw`\S`,
              'x-rule': `must be 1 to ${limits.queryCharacters} characters, not all of them blank`,
              description: 'What a person types. The last word may be the beginning of one.',
              examples: ['jane billing'],
            }),
            limit: Type.Integer({
              minimum: 1,
              maximum: limits.searchMost,
              default: limits.searchDefault,
              description: 'Results a group.',
            }),
            type: Type.Optional(group),
            include: Type.Optional(
              oneOf(['context'], {
                description: 'context: whose it is, its status and date, and the words in context.',
              }),
            ),
            cursor: Type.Optional(Type.String({ description: 'Goes on through the group that `type` names.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ results }) },
      },
    },
    async ({ caller: { workspaceId }, query: { q, limit, type, include, cursor } }) => {
      if (cursor !== undefined && type === undefined)
        fail('invalid_request', { sentence: 'cursor needs type, the group that it goes on in.' })
      const list = ['search', workspaceId, type, q]
      const numbers = await opaqueOf(workspaceId)
      const [isExact, hidden] = anchorOf(list, cursor, ['number', 'string']) ?? []
      const seq = numberIn(numbers, hidden)
      const after: Ask['after'] = seq === undefined ? undefined : [isExact!, seq]
      return askAnswering(db, async (version) => {
        const query = parseQuery(q, isEmail(q) ? emailKey(q) : q, version)
        if (!query) return { results: type ? { [type]: [], hasMore: false, cursor: null } : nothingFound }
        const ask = { version, query, after, limit: limit + 1, hasContext: include === 'context' }
        if (type)
          return { results: pageOfGroup(type, await searchIn[type](db, workspaceId, ask), { limit, list, numbers }) }
        const [contacts, conversations, messages] = await Promise.all([
          searchContacts(db, workspaceId, { ...ask, limit }),
          searchConversations(db, workspaceId, { ...ask, limit }),
          searchMessages(db, workspaceId, { ...ask, limit }),
        ])
        return { results: { contacts, conversations, messages } }
      })
    },
  )
}

const nothingFound = { contacts: [], conversations: [], messages: [] }

type Hit = { seq: number; isExact?: 0 | 1 }

const searchIn: Record<
  'contacts' | 'conversations' | 'messages',
  (db: Db, workspaceId: string, ask: Ask) => Promise<Hit[]>
> = {
  contacts: searchContacts,
  conversations: searchConversations,
  messages: searchMessages,
}

const pageOfGroup = (
  type: keyof typeof searchIn,
  rows: Hit[],
  page: { limit: number; list: ListName; numbers: Opaque },
) => {
  const { items, hasMore, cursor }: Page<Hit> = pageFrom(rows, {
    ...page,
    anchor: (row) => [row.isExact ?? 0, page.numbers.hide(row.seq)],
  })
  return { [type]: items, hasMore, cursor }
}
