import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { Type } from 'typebox'
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

/** The parameters of a path below a workspace. */
export const pathOf = <const T extends string[]>(...names: T) =>
  Type.Unsafe<Record<T[number] | 'workspaceId', string>>({
    type: 'object',
    required: ['workspaceId', ...names],
    properties: Object.fromEntries(['workspaceId', ...names].map((name) => [name, { type: 'string' }])),
  })

/** A message that a request names. */
export const messageId = (description: string) =>
  Type.String({ pattern: '^msg_[0-9A-Za-z]{24}$', 'x-rule': 'must be the id of a message', description })
