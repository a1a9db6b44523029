import { createHash } from 'node:crypto'
import { Type, type TSchema } from 'typebox'
import { limits } from '../limits.ts'
import { fail } from '../errors.ts'

/** A place in a list: the sort values of the last row that was given out. */
export type Anchor = (string | number)[]

export interface Page<T> {
  items: T[]
  hasMore: boolean
  cursor: string | null
}

/** What a cursor is good for: one list of one workspace with one filter. */
export type ListName = readonly (string | undefined)[]

export const pageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: limits.pageMost,
    default: limits.pageDefault,
    description: 'Items a page.',
  }),
  cursor: Type.Optional(Type.String({ description: 'The `cursor` of the previous page; left out for the first one.' })),
}

export const updatedSinceQuery = Type.Optional(
  Type.String({
    format: 'date-time',
    'x-rule': 'must be a time such as 2027-01-31T12:00:00Z',
    description: 'What was created or changed, or has a message, since then.',
    examples: ['2027-01-31T12:00:00Z'],
  }),
)

/** As times are stored, in UTC. */
export const timeIn = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : new Date(text).toISOString()

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object(
    {
      items: Type.Array(item),
      hasMore: Type.Boolean({ description: 'Whether there is a next page.' }),
      cursor: Type.Union([Type.String(), Type.Null()], {
        examples: [null],
        description: 'For the next page; null on the last one.',
      }),
    },
    { title: `${(item as { title?: string }).title}Page` },
  )

const checksumBytes = 9

const checksum = (list: ListName, anchor: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([list, anchor]))
    .digest()
    .subarray(0, checksumBytes)

const cursorAfter = (list: ListName, anchor: Anchor): string => {
  const text = JSON.stringify(anchor)
  return Buffer.concat([checksum(list, text), Buffer.from(text)]).toString('base64url')
}

interface Kinds {
  string: string
  number: number
}

/** PostgreSQL takes no NUL. */
const isString = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0')

/**
 * Undefined at the start of a list. Throws `invalid_cursor` (400) for one that was altered, is another list's, or does
 * not hold values of these kinds.
 */
export const anchorOf = <const K extends readonly (keyof Kinds)[]>(
  list: ListName,
  cursor: string | undefined,
  kinds: K,
): { -readonly [I in keyof K]: Kinds[K[I]] } | undefined => {
  if (cursor === undefined) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.subarray(checksumBytes).toString()
  const isOurs = bytes.toString('base64url') === cursor && checksum(list, text).equals(bytes.subarray(0, checksumBytes))
  const anchor: unknown = isOurs ? JSON.parse(text) : undefined
  const isRight =
    Array.isArray(anchor) &&
    anchor.length === kinds.length &&
    kinds.every((kind, i) => typeof anchor[i] === kind && (isString(anchor[i]) || Number.isSafeInteger(anchor[i])))
  return isRight ? (anchor as { -readonly [I in keyof K]: Kinds[K[I]] }) : fail('invalid_cursor')
}

/** Cuts a page out of `limit + 1` rows. */
export const pageFrom = <T>(
  rows: T[],
  { limit, list, anchor }: { limit: number; list: ListName; anchor(row: T): Anchor },
): Page<T> => {
  const hasMore = rows.length > limit
  const items = hasMore ? rows.slice(0, limit) : rows
  return { items, hasMore, cursor: hasMore ? cursorAfter(list, anchor(items.at(-1)!)) : null }
}
