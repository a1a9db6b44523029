import { createHmac, timingSafeEqual } from 'node:crypto'
import { currentTime } from '../current-time.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { randomText } from '../db/id.ts'

/** 142 random bits. */
const idCharacters = 24
const proofCharacters = 22

type Channel = Pick<ChannelRow, 'id' | 'secret'>

/** What a browser shows to be a visitor. */
export interface Token {
  visitorId: string
  /** Which of the visitor's tokens it is: only the newest is valid. */
  number: number
  /** Unix milliseconds. */
  issuedAt: number
  /** Of the address that the site vouched for when the token was made; empty where there was none. */
  proof: string
}

export const newToken = (proof = ''): Token => ({
  visitorId: randomText(idCharacters),
  number: 0,
  issuedAt: currentTime(),
  proof,
})

/** The token, and a code that only this channel can make of it. */
export const textOf = (channel: Channel, { visitorId, number, issuedAt, proof }: Token): string => {
  const body = [visitorId, number, issuedAt.toString(36), proof].join('.')
  return `${body}.${codeOf(channel, body)}`
}

/** Undefined when the text is not a token of this channel. */
export const tokenIn = (channel: Channel, text: string): Token | undefined => {
  const end = text.lastIndexOf('.')
  const body = text.slice(0, Math.max(0, end))
  if (!isSame(text.slice(end + 1), codeOf(channel, body))) return undefined
  // tokens were nothing but the visitor's id before they could end
  const [visitorId = '', number = '0', issuedAt = '0', proof = ''] = body.split('.')
  return { visitorId, number: Number(number), issuedAt: Number.parseInt(issuedAt, 36), proof }
}

/** Stands in a token for an address that the site vouched for. */
export const proofOf = (channel: Channel, emailKey: string): string =>
  createHmac('sha256', keyOf(channel, 'visitor proof')).update(emailKey).digest('base64url').slice(0, proofCharacters)

/**
 * Whether the site vouches for the address: `signature` is the HMAC-SHA256 of it, exactly as it is given here, under
 * the channel's identity secret, in hexadecimal digits.
 */
export const isVouchedFor = ({ secret }: Channel, email: string, signature: string): boolean =>
  isSame(signature.toLowerCase(), createHmac('sha256', secret!).update(email).digest('hex'))

/** A key of its own: what a site signs as an address can never be a token. */
const keyOf = ({ secret }: Channel, purpose: string): Buffer => createHmac('sha256', secret!).update(purpose).digest()

const codeOf = (channel: Channel, body: string): string =>
  createHmac('sha256', keyOf(channel, 'visitor token')).update(`${channel.id} ${body}`).digest('base64url')

/** In a time that does not tell where they differ. */
const isSame = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
