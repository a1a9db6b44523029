import { fail } from '../errors.ts'

/** What a key may still do, as of `at`. */
export interface Bucket {
  tokens: number
  /** Milliseconds of performance.now(). */
  at: number
  /** How often this process let it, since the bucket was made. */
  admitted: number
  /** How many of them the other processes were told of. */
  told: number
}

interface Limit {
  most: number
  /** Milliseconds in which it fills up again. */
  every?: number
  /** Of more keys than that, those that were used longest ago are forgotten. */
  keysMost?: number
}

/**
 * So many in a time for each key: a bucket that holds that many and fills up again steadily. What other processes let through
 * is taken out of it as they tell (rate-exchange.ts), below zero if need be.
 */
export class Rate {
  readonly most: number
  readonly buckets = new Map<string, Bucket>()
  readonly #perMillisecond: number
  readonly #keysMost: number

  constructor({ most, every = 60_000, keysMost = Infinity }: Limit) {
    this.most = most
    this.#perMillisecond = most / every
    this.#keysMost = keysMost
  }

  /** Takes one out, where there is one. `tokens` is what is left, negative when there was none. */
  take(key: string): { tokens: number; isAllowed: boolean } {
    const bucket = this.filled(key)
    const isAllowed = bucket.tokens >= 1
    if (isAllowed) {
      bucket.tokens -= 1
      bucket.admitted += 1
    }
    return { tokens: bucket.tokens, isAllowed }
  }

  /** What another process let through. */
  takeForOthers(key: string, admitted: number): void {
    const bucket = this.filled(key)
    bucket.tokens = Math.max(-this.most, bucket.tokens - admitted)
  }

  /** The bucket as it is now. */
  filled(key: string): Bucket {
    const now = performance.now()
    const bucket = this.buckets.get(key) ?? { tokens: this.most, at: now, admitted: 0, told: 0 }
    bucket.tokens = Math.min(this.most, bucket.tokens + (now - bucket.at) * this.#perMillisecond)
    bucket.at = now
    // put in anew: the one that was used longest ago is the first
    this.buckets.delete(key)
    this.buckets.set(key, bucket)
    if (this.buckets.size > this.#keysMost) this.buckets.delete(this.buckets.keys().next().value!)
    return bucket
  }

  isFull({ tokens, at }: Bucket): boolean {
    return tokens + (performance.now() - at) * this.#perMillisecond >= this.most
  }

  /** Until the bucket holds `wanted`, in whole seconds. */
  secondsUntil(wanted: number, tokens: number): number {
    return Math.ceil((wanted - tokens) / this.#perMillisecond / 1000)
  }

  /** Takes one out; 0, or the seconds until there is one again. */
  wait(key: string): number {
    const { tokens, isAllowed } = this.take(key)
    return isAllowed ? 0 : this.secondsUntil(1, tokens)
  }
}

/** The rates of an app under their names, by which processes tell each other of them. */
export type Rates = Map<string, Rate>

/** A rate that is counted by all processes together. */
export const shared = (rates: Rates, name: string, limit: Limit): Rate => {
  const rate = new Rate(limit)
  rates.set(name, rate)
  return rate
}

/** Throws `too_many_requests` (429) where nothing is left. */
export const refuseAbove = (rate: Rate, key: string, whom: string): void => {
  const retryAfter = rate.wait(key)
  if (retryAfter > 0) fail('too_many_requests', { whom, retryAfter })
}
