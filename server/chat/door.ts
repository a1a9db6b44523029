import type { FastifyReply, FastifyRequest } from 'fastify'
import { shown } from '../channels/change.ts'
import { findChannelByPublishableKey, type ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { networkOf } from '../http/network.ts'
import { refuseAbove, shared, type Rates } from '../http/rates.ts'
import type { App } from '../http/schema.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The chat that a request under /embeds/v1/chats is about. */
    chat: ChannelRow
  }
}

/** Every request to a chat: from an address that does not ask too much, a chat that is there, a page that may use it. */
export const guardChats = (app: App, db: Db, rates: Rates): void => {
  const requests = shared(rates, 'chat requests', { most: limits.chatRequests, keysMost: limits.chatAddresses })
  app.decorateRequest('chat', null as never)
  app.addHook('onRequest', async (request, reply) => {
    allowAnswer(request, reply)
    refuseAbove(requests, networkOf(request.ip), 'your address')
    const { publishableKey } = request.params as { publishableKey: string }
    const channel = (await findChannelByPublishableKey(db, publishableKey)) ?? fail('channel_not_found')
    if (!mayUse(request, shown(channel).allowedOrigins))
      fail('origin_not_allowed', { origin: request.headers.origin ?? 'an unknown origin' })
    request.chat = channel
  })
}

/** Pages may read the answer, a refusal too: it says nothing that whoever asks without a browser is not told. */
const allowAnswer = ({ headers: { origin } }: FastifyRequest, reply: FastifyReply): void => {
  void reply.header('vary', 'Origin').header('cross-origin-resource-policy', 'cross-origin')
  if (origin === undefined) return
  void reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', 'Retry-After, X-Request-Id')
}

/** Browsers name the page's origin, but for reading from the page's own one. */
const mayUse = ({ headers }: FastifyRequest, allowed: string[]): boolean => {
  const { origin } = headers
  if (allowed.includes('*')) return true
  return origin === undefined ? headers['sec-fetch-site'] === 'same-origin' : allowed.includes(origin)
}
