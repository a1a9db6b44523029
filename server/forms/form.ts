import { shown } from '../channels/change.ts'
import { findAnyChannel, type ChannelRow } from '../channels/queries.ts'
import type { Field } from '../channels/schema.ts'
import type { Queries } from '../db/db.ts'
import { fail } from '../errors.ts'

export interface Form {
  channel: ChannelRow
  name: string
  fields: Field[]
  /** `*` among them: any. */
  origins: string[]
  returnTo: string | null
}

/** Throws `channel_not_found` (404), also for a channel of another kind. */
export const findForm = async (db: Queries, id: string): Promise<Form> => {
  const channel = (await findAnyChannel(db, id)) ?? fail('channel_not_found')
  if (channel.kind !== 'FORM') return fail('channel_not_found')
  const { name, fields, allowedOrigins, returnTo } = shown(channel)
  return { channel, name, fields, origins: allowedOrigins, returnTo }
}

interface Headers {
  origin?: string | undefined
  referer?: string | undefined
  host?: string | undefined
}

/** The origin of the page that posts, as far as the browser names it. */
export const originOf = ({ origin, referer }: Headers): string | undefined =>
  origin ?? (referer === undefined ? undefined : (URL.parse(referer)?.origin ?? 'null'))

/**
 * Whether the form takes posts from that page: the channel lists it, or it is our own. Only browsers are held by it: a
 * program writes into these headers what it likes.
 */
export const isAllowed = ({ origins }: Form, headers: Headers): boolean => {
  const origin = originOf(headers)
  if (origins.includes('*')) return true
  return origin !== undefined && (origins.includes(origin) || URL.parse(origin)?.host === headers.host)
}
