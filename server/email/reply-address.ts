import { createHmac, timingSafeEqual } from 'node:crypto'
import { findChannelsOfTick, type ChannelRow } from '../channels/queries.ts'
import { replyTokenCharacters, splitReplyAddress, tickCharacters } from '../channels/reserved.ts'
import { findConversationsOfTick } from '../conversations/queries.ts'
import type { Queries } from '../db/db.ts'
import { tickOf } from '../db/id.ts'

// support+TOKEN@example.com: ten characters that say when the conversation was opened, and 128 bits of HMAC over the
// conversation. Of [0-9a-v], because mail systems change the case of addresses.

const macBytes = 16
export const macCharacters = replyTokenCharacters - tickCharacters
/** Octets before the @ (RFC 5321). */
const localOctets = 64

const base32 = (n: bigint, width: number): string => n.toString(32).padStart(width, '0')

export const textOfTick = (id: string): string => base32(BigInt(tickOf(id)), tickCharacters)

export const macOf = (secret: string, text: string): string => {
  const mac = createHmac('sha256', secret).update(text).digest().subarray(0, macBytes)
  return base32(BigInt(`0x${mac.toString('hex')}`), macCharacters)
}

const tokenOf = (secret: string, id: string): string => textOfTick(id) + macOf(secret, id)

/** As they were made once: they name the contact, too. */
const olderTokenOf = (secret: string, { id, formerContactId }: { id: string; formerContactId: string }): string =>
  textOfTick(id) + macOf(secret, `${id} ${formerContactId}`)

interface Place {
  conversationId: string
  /** Whether mail to bounce+… at the channel's domain arrives here: mail to reply+… does then, too. */
  hasDomain: boolean
}

/** Where an answer to this conversation goes: the channel's own address where no other is possible. */
export const replyAddress = (channel: ChannelRow, { conversationId, hasDomain }: Place): string => {
  const email = channel.email!
  if (channel.plusAddresses === 0) return email
  const at = email.lastIndexOf('@')
  const token = tokenOf(channel.secret!, conversationId)
  const local = `${email.slice(0, at)}+${token}`
  if (Buffer.byteLength(local) <= localOctets) return local + email.slice(at)
  return hasDomain ? `reply+${textOfTick(channel.id)}${token}${email.slice(at)}` : email
}

/** The conversation that a token was made for; undefined for one that we did not make. */
export const conversationOf = async (
  db: Queries,
  { workspaceId, secret }: ChannelRow,
  token: string,
): Promise<string | undefined> => {
  const candidates = await findConversationsOfTick(db, workspaceId, tickIn(token))
  const isIts = (candidate: { id: string; formerContactId: string }) =>
    isSame(tokenOf(secret!, candidate.id), token) || isSame(olderTokenOf(secret!, candidate), token)
  return candidates.find(isIts)?.id
}

const tickIn = (text: string): number => Number.parseInt(text.slice(0, tickCharacters), 32)

/** The channel of a short reply address, and its token; undefined for one that we did not make. */
export const shortlyReplied = async (db: Queries, address: string) => {
  const { channelTick, token = '' } = splitReplyAddress(address) ?? {}
  if (channelTick === undefined) return undefined
  for (const channel of await findChannelsOfTick(db, tickIn(channelTick)))
    if (channel.secret !== null && (await conversationOf(db, channel, token)) !== undefined) return { channel, token }
  return undefined
}

export const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b))
