import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ChannelRow } from '../channels/queries.ts'
import { replyTokenCharacters } from '../channels/reserved.ts'
import { findConversationsOfTick } from '../conversations/queries.ts'
import type { Queries } from '../db/db.ts'
import { tickOf } from '../db/id.ts'

// support+TOKEN@example.com: ten characters that say when the conversation was opened, and 128 bits of HMAC over the
// conversation and its contact. Of [0-9a-v], because mail systems change the case of addresses.

export const tickCharacters = 10
const macBytes = 16
export const macCharacters = replyTokenCharacters - tickCharacters

const base32 = (n: bigint, width: number): string => n.toString(32).padStart(width, '0')

export const textOfTick = (id: string): string => base32(BigInt(tickOf(id)), tickCharacters)

export const macOf = (secret: string, text: string): string => {
  const mac = createHmac('sha256', secret).update(text).digest().subarray(0, macBytes)
  return base32(BigInt(`0x${mac.toString('hex')}`), macCharacters)
}

interface Thread {
  id: string
  contactId: string
}

const tokenOf = (secret: string, { id, contactId }: Thread): string =>
  textOfTick(id) + macOf(secret, `${id} ${contactId}`)

/** Where an answer to this conversation goes. */
export const replyAddress = ({ email, secret }: ChannelRow, thread: Thread): string => {
  const at = email!.lastIndexOf('@')
  return `${email!.slice(0, at)}+${tokenOf(secret!, thread)}${email!.slice(at)}`
}

/** The conversation that a token was made for; undefined for one that we did not make. */
export const conversationOf = async (
  db: Queries,
  { workspaceId, secret }: ChannelRow,
  token: string,
): Promise<string | undefined> => {
  const tick = Number.parseInt(token.slice(0, tickCharacters), 32)
  const candidates = await findConversationsOfTick(db, workspaceId, tick)
  return candidates.find((candidate) => isSame(tokenOf(secret!, candidate), token))?.id
}

export const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b))
