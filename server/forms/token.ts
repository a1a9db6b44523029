import { createHmac, timingSafeEqual } from 'node:crypto'
import { currentTime } from '../current-time.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { randomText } from '../db/id.ts'

// When our own page was made, and which one it is: signed, so that it can be neither moved back nor made up.

const sign = ({ id, secret }: ChannelRow, text: string): string =>
  createHmac('sha256', secret!).update(`form ${id} ${text}`).digest('base64url')

export const newToken = (channel: ChannelRow): string => {
  const text = `${currentTime()}.${randomText(22)}`
  return `${text}.${sign(channel, text)}`
}

/** Milliseconds since the page with this token was made; undefined where it is none of this form's. */
export const ageOf = (channel: ChannelRow, token: string): number | undefined => {
  const at = token.lastIndexOf('.')
  const expected = Buffer.from(sign(channel, token.slice(0, Math.max(0, at))))
  const given = Buffer.from(token.slice(at + 1))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return currentTime() - Number(token.split('.')[0])
}
