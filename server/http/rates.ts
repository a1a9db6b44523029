import { fail } from '../errors.ts'

const minute = 60_000

/** So many a minute for each key, as a bucket that fills up again steadily. Remembers the `keysMost` newest keys. */
export class Rate {
  readonly #perMinute: number
  readonly #keysMost: number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(perMinute: number, keysMost: number) {
    this.#perMinute = perMinute
    this.#keysMost = keysMost
  }

  /** Takes one; 0, or the seconds to wait where none is left. */
  take(key: string): number {
    const now = performance.now()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#perMinute, at: now }
    const left = Math.min(this.#perMinute, tokens + ((now - at) * this.#perMinute) / minute)
    const isAllowed = left >= 1
    // put in anew: the one that was used longest ago is the first
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: isAllowed ? left - 1 : left, at: now })
    if (this.#buckets.size > this.#keysMost) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isAllowed ? 0 : Math.ceil(((1 - left) * minute) / this.#perMinute / 1000)
  }
}

/** Throws `too_many_requests` (429) where nothing is left. */
export const refuseAbove = (rate: Rate, key: string, whom: string): void => {
  const retryAfter = rate.take(key)
  if (retryAfter > 0) fail('too_many_requests', { whom, retryAfter })
}
