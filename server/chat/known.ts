import { currentTime } from '../current-time.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { addEnded, endNumber, findVisitor, forgetEnded, isEnded, touch, type Visitor } from './queries.ts'
import { proofOf, tokenIn, type Token } from './token.ts'

/** Somebody with a valid token. */
export interface Known {
  text: string
  token: Token
  /** Undefined while they have written nothing. */
  visitor: Visitor | undefined
}

/** Milliseconds: of a use within a day of the one before nothing is written. */
const useNoted = 86_400_000

/** Undefined for a text that is no token of this chat, or one that has ended or expired. */
export const findKnown = async (db: Queries, channel: ChannelRow, text = ''): Promise<Known | undefined> => {
  const token = tokenIn(channel, text)
  if (!token) return undefined
  const visitor = await findVisitor(db, channel.workspaceId, token.visitorId)
  return (await isValid(db, channel.workspaceId, { token, visitor })) ? { text, token, visitor } : undefined
}

/** The visitor in `authorization`. Throws `invalid_visitor_token` (401). */
export const knownIn = async (
  db: Db,
  channel: ChannelRow,
  { authorization = '' }: { authorization?: string | undefined },
): Promise<Known> => {
  const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  const known = (await findKnown(db, channel, text)) ?? fail('invalid_visitor_token')
  noteUse(db, channel, known)
  return known
}

export const isValid = async (
  db: Queries,
  workspaceId: string,
  { token, visitor }: Pick<Known, 'token' | 'visitor'>,
): Promise<boolean> => {
  if (visitor) return visitor.tokenNumber === token.number && Date.parse(visitor.usedAt) > oldest()
  return token.issuedAt > oldest() && !(await isEnded(db, workspaceId, token.visitorId))
}

const oldest = () => currentTime() - limits.chatTokenLifetime

/** Whoever only reads goes on while the database takes no writes. */
export const noteUse = (db: Db, { workspaceId }: ChannelRow, { visitor }: Known): void => {
  if (!visitor || Date.parse(visitor.usedAt) > currentTime() - useNoted) return
  void touch(db, workspaceId, visitor.id).catch(() => {})
}

/** From now on the token is nobody's. */
export const endToken = (tx: Tx, workspaceId: string, { token, visitor }: Known) =>
  visitor ? endNumber(tx, workspaceId, visitor) : addEnded(tx, workspaceId, token.visitorId)

/** What has expired by itself need not be remembered. */
export const forgetEndedTokens = (db: Db) => forgetEnded(db, new Date(oldest()).toISOString())

/** The site has vouched for somebody; with `emailKey`, for this address. */
export const isVerified = (channel: ChannelRow, { token, visitor }: Known, emailKey?: string): boolean => {
  if (visitor) return emailKey === undefined ? visitor.verifiedKey !== null : visitor.verifiedKey === emailKey
  return emailKey === undefined ? token.proof !== '' : token.proof === proofOf(channel, emailKey)
}
