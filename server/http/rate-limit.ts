import { ApiError } from '../errors.ts'
import type { Rate } from './rates.ts'
import type { App } from './schema.ts'

const windowSeconds = 60

/** 429 beyond the rate; on every answer the fields of draft-ietf-httpapi-ratelimit-headers-11. */
export const limitRates = (app: App, rate: Rate): void => {
  const { most } = rate
  const policy = `"key";q=${most};w=${windowSeconds}`
  app.addHook('onRequest', (request, reply, done) => {
    const { tokens, isAllowed } = rate.take(request.caller.id)
    const left = Math.max(0, Math.floor(tokens))
    void reply
      .header('ratelimit-policy', policy)
      .header('ratelimit', `"key";r=${left};t=${rate.secondsUntil(most, tokens)}`)
    if (isAllowed) done()
    else done(new ApiError('rate_limited', { limit: most, retryAfter: rate.secondsUntil(1, tokens) }))
  })
}
