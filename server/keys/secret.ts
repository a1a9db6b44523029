import { hash } from 'node:crypto'
import { randomText } from '../db/id.ts'

const prefix = 'inbox_'
const randomCharacters = 32
const checkCharacters = 6

const sha256 = (text: string) => hash('sha256', text, 'hex')
const checksum = (text: string) => sha256(text).slice(0, checkCharacters)

/** `inbox_`, 32 random characters (190 bits) and a checksum, by which secret scanners and typos are told apart. */
export const newSecret = (): string => {
  const text = prefix + randomText(randomCharacters)
  return text + checksum(text)
}

/** Whether it can be a key at all; saves the look-up for what is plainly none. */
export const isKey = (secret: string): boolean =>
  secret.startsWith(prefix) &&
  secret.length === prefix.length + randomCharacters + checkCharacters &&
  checksum(secret.slice(0, -checkCharacters)) === secret.slice(-checkCharacters)

/** What is stored. At this entropy a slow hash would add nothing. */
export const hashOf = (secret: string): string => sha256(secret)

export const hintOf = (secret: string): string => `${prefix}…${secret.slice(-4)}`

/** A key that was given in the wrong place is not repeated in what is said about it. */
export const withoutKeys = (text: string): string =>
  text.replace(/inbox_[0-9A-Za-z]{32}[0-9a-f]{6}/g, (secret) => hintOf(secret))
