import { randomFillSync } from 'node:crypto'
import { currentTime } from '../current-time.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ticksPerMillisecond = 64

export type IdPrefix =
  | 'wrk'
  | 'ctc'
  | 'thd'
  | 'msg'
  | 'chn'
  | 'agt'
  | 'key'
  | 'ses'
  | 'rpl'
  | 'imp'
  | 'era'
  | 'fil'
  | 'wh'
  | 'job'

const base62 = (n: number, width: number): string => {
  let text = ''
  for (let rest = n; text.length < width; rest = Math.floor(rest / 62)) text = digits[rest % 62]! + text
  return text
}

// asked for many at a time: each time costs as much as a small read of the database
const pool = Buffer.alloc(4096)
let used = pool.length

const randomByte = (): number => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool[used++]!
}

/** Random characters of [0-9A-Za-z], about 5.95 bits each. */
export const randomText = (length: number): string => {
  let text = ''
  while (text.length < length) {
    const byte = randomByte()
    // 248 = 4 × 62: above it the first digits would come more often
    if (byte < 248) text += digits[byte % 62]!
  }
  return text
}

let lastTick = 0

/**
 * `ctc_` and 24 characters of [0-9A-Za-z]: 8 of time, 16 random.
 * Sorted as bytes, ids of one process are in the order in which they were made.
 */
export const newId = (prefix: IdPrefix): string => {
  lastTick = Math.max(lastTick + 1, currentTime() * ticksPerMillisecond)
  return `${prefix}_${base62(lastTick, 8)}${randomText(16)}`
}

/** Sorts before every id that is made from `time` (unix milliseconds) on. */
export const firstIdAt = (prefix: IdPrefix, time: number): string => firstIdOf(prefix, time * ticksPerMillisecond)

/** Sorts before every id of this tick and of later ones. */
export const firstIdOf = (prefix: IdPrefix, tick: number): string => `${prefix}_${base62(tick, 8)}`

/** The tick in which an id was made: by itself it nearly always tells one from all others. */
export const tickOf = (id: string): number =>
  id
    .slice(-24, -16)
    .split('')
    .reduce((n, character) => n * 62 + digits.indexOf(character), 0)

export const newRequestId = (): string => `req_${randomText(20)}`
