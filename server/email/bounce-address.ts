import { findChannelsOfTick, type ChannelRow } from '../channels/queries.ts'
import type { Queries } from '../db/db.ts'
import { findSentOfTick } from '../mail/queries.ts'
import { tickCharacters } from '../channels/reserved.ts'
import { isSame, macCharacters, macOf, textOfTick } from './reply-address.ts'

// bounce+TOKEN@example.com, the envelope sender of one mail: ten characters each that say when its channel and its message
// were made, and 128 bits of HMAC over the message. 53 octets of the 64 that a local part may have.

type Channel = Pick<ChannelRow, 'id' | 'secret'>

const tokenOf = ({ id, secret }: Channel, messageId: string): string =>
  textOfTick(id) + textOfTick(messageId) + macOf(secret!, `bounce ${messageId}`)

/** Where reports about the mail of this message come back to. */
export const bounceAddress = (channel: ChannelRow, messageId: string): string =>
  `bounce+${tokenOf(channel, messageId)}${channel.email!.slice(channel.email!.lastIndexOf('@'))}`

const withToken = new RegExp(`^bounce\\+([0-9a-v]{${2 * tickCharacters + macCharacters}})@`, 'i')

export interface Bounced {
  channel: ChannelRow
  messageId: string
}

/** What a bounce address was made for; undefined for one that we did not make. */
export const bouncedFrom = async (db: Queries, address: string): Promise<Bounced | undefined> => {
  const token = withToken.exec(address)?.[1]?.toLowerCase()
  if (token === undefined) return undefined
  const tick = (at: number) => Number.parseInt(token.slice(at, at + tickCharacters), 32)
  for (const channel of await findChannelsOfTick(db, tick(0))) {
    if (channel.secret === null) continue
    const candidates = await findSentOfTick(db, channel.workspaceId, tick(tickCharacters))
    const sent = candidates.find(({ id }) => isSame(tokenOf(channel, id), token))
    if (sent) return { channel, messageId: sent.id }
  }
  return undefined
}
