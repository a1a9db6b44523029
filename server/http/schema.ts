import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { Type } from 'typebox'
import type { IdPrefix } from '../db/id.ts'
import { limits } from '../limits.ts'

/** The app as features see it: schemas give the types of params, query, body and reply. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export const oneOf = <const T extends string[]>(values: T, options: object = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, ...options })

/** An id: what it must look like stands in the description only, for an unknown one is a 404. */
export const id = (prefix: IdPrefix, options: object = {}) => Type.String({ 'x-id': prefix, ...options })

export const nullableId = (prefix: IdPrefix, options: object = {}) => nullable({ 'x-id': prefix, ...options })

export const nullable = (options: object = {}) => Type.Unsafe<string | null>({ type: ['string', 'null'], ...options })

export const time = Type.String({ format: 'date-time' })
export const nullableTime = nullable({ format: 'date-time' })

/** Not blank, no line ends, no control characters. */
export const oneLine = /^(?=.*\S)[^\p{Cc}\u2028\u2029]*$/u

/** One line of text: what ends up in a mail header must not be able to add another one. */
export const line = (maxLength: number, options: object = {}) =>
  Type.String({
    maxLength,
    pattern: oneLine.source,
    'x-rule': `must be one line of 1 to ${maxLength} characters, not all of them blank`,
    ...options,
  })

export const email = Type.String({ format: 'email', description: `At most ${limits.emailBytes} bytes.` })

const pathParts = {
  workspaceId: id('wrk', { description: 'The workspace of the key.' }),
  contactId: id('ctc', { description: 'A contact.' }),
  conversationId: id('thd', { description: 'A conversation.' }),
  messageId: id('msg', { description: 'A message of the conversation.' }),
  number: Type.String({ description: 'The number of the attachment in the message.', examples: ['1'] }),
  agentId: id('agt', { description: 'An agent.' }),
  channelId: id('chn', { description: 'A channel.' }),
  keyId: id('key', { description: 'A key.' }),
  savedReplyId: id('rpl', { description: 'A saved reply.' }),
  importId: id('imp', { description: 'An import.' }),
  erasureId: id('era', { description: 'An erasure.' }),
  email: Type.String({ description: 'An email address.', examples: ['jane@example.com'] }),
  fileId: id('fil', { description: 'An uploaded file.' }),
}

/** The parameters of a path below a workspace. */
export const pathOf = <const T extends (keyof typeof pathParts)[]>(...names: T) =>
  Type.Unsafe<Record<T[number] | 'workspaceId', string>>({
    type: 'object',
    required: ['workspaceId', ...names],
    properties: Object.fromEntries((['workspaceId', ...names] as const).map((name) => [name, pathParts[name]])),
  })

/** A message that a request names. */
export const messageId = (description: string) =>
  Type.String({ pattern: '^msg_[0-9A-Za-z]{24}$', 'x-rule': 'must be the id of a message', description })
