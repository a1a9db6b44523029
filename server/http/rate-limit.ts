import { ApiError } from '../errors.ts'
import type { App } from './schema.ts'

const windowSeconds = 60

/** What a key or a session may still ask, as of `at`. */
interface Bucket {
  tokens: number
  /** Milliseconds of performance.now(). */
  at: number
  /** Requests that this process let through since the bucket was made. */
  admitted: number
}

/**
 * A token bucket for each key and session: it holds the requests of one minute and fills up again in one minute.
 * What other processes let through is taken out of it as they tell (rate-exchange.ts), below zero if need be.
 */
export class RateLimit {
  readonly perMinute: number
  readonly buckets = new Map<string, Bucket>()
  readonly #perMillisecond: number

  constructor(perMinute: number) {
    this.perMinute = perMinute
    this.#perMillisecond = perMinute / (windowSeconds * 1000)
  }

  /** Takes one request out, where there is one. `tokens` is what is left, negative when there was none. */
  take(callerId: string): { tokens: number; isAllowed: boolean } {
    const bucket = this.filled(callerId)
    const isAllowed = bucket.tokens >= 1
    if (isAllowed) {
      bucket.tokens -= 1
      bucket.admitted += 1
    }
    return { tokens: bucket.tokens, isAllowed }
  }

  /** Requests that another process let through. */
  takeForOthers(callerId: string, admitted: number): void {
    const bucket = this.filled(callerId)
    bucket.tokens = Math.max(-this.perMinute, bucket.tokens - admitted)
  }

  /** The bucket as it is now. */
  filled(callerId: string): Bucket {
    const now = performance.now()
    let bucket = this.buckets.get(callerId)
    if (!bucket) this.buckets.set(callerId, (bucket = { tokens: this.perMinute, at: now, admitted: 0 }))
    bucket.tokens = Math.min(this.perMinute, bucket.tokens + (now - bucket.at) * this.#perMillisecond)
    bucket.at = now
    return bucket
  }

  /** Until the bucket holds `wanted`, in whole seconds. */
  secondsUntil(wanted: number, tokens: number): number {
    return Math.ceil((wanted - tokens) / this.#perMillisecond / 1000)
  }
}

/** 429 beyond the rate; on every answer the fields of draft-ietf-httpapi-ratelimit-headers-11. */
export const limitRates = (app: App, rates: RateLimit): void => {
  const { perMinute } = rates
  const policy = `"key";q=${perMinute};w=${windowSeconds}`
  app.addHook('onRequest', (request, reply, done) => {
    const { tokens, isAllowed } = rates.take(request.caller.id)
    const left = Math.max(0, Math.floor(tokens))
    void reply
      .header('ratelimit-policy', policy)
      .header('ratelimit', `"key";r=${left};t=${rates.secondsUntil(perMinute, tokens)}`)
    if (isAllowed) done()
    else done(new ApiError('rate_limited', { limit: perMinute, retryAfter: rates.secondsUntil(1, tokens) }))
  })
}
