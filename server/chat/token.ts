import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ChannelRow } from '../channels/queries.ts'
import { randomText } from '../db/id.ts'

/** 142 random bits. */
const idCharacters = 24

type Channel = Pick<ChannelRow, 'id' | 'secret'>

export const newVisitorId = (): string => randomText(idCharacters)

/** What a browser shows to be a visitor: its id, and a code that only this channel can make of it. */
export const tokenOf = (channel: Channel, visitorId: string): string => `${visitorId}.${codeOf(channel, visitorId)}`

/** Undefined when the token is not one of this channel. */
export const visitorIdOf = (channel: Channel, token: string | undefined): string | undefined => {
  const [visitorId = '', code = ''] = token?.split('.') ?? []
  return isSame(code, codeOf(channel, visitorId)) ? visitorId : undefined
}

/**
 * Whether the site vouches for the address: `signature` is the HMAC-SHA256 of it, exactly as it is given here, under
 * the channel's identity secret, in hexadecimal digits.
 */
export const isVouchedFor = ({ secret }: Channel, email: string, signature: string): boolean =>
  isSame(signature.toLowerCase(), createHmac('sha256', secret!).update(email).digest('hex'))

/** By a key of its own: what a site signs as an address can never be a token. */
const codeOf = ({ id, secret }: Channel, visitorId: string): string => {
  const key = createHmac('sha256', secret!).update('visitor token').digest()
  return createHmac('sha256', key).update(`${id} ${visitorId}`).digest('base64url')
}

/** In a time that does not tell where they differ. */
const isSame = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
