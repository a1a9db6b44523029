import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import type { Answer, Inbox, startApp } from './app.ts'

export const shop = 'https://shop.example'

interface Asked {
  token?: string | undefined
  body?: unknown
  origin?: string | undefined
  headers?: Record<string, string>
  /** The client's address; one of its own for each request, unless given. */
  from?: string
}

interface Identity {
  email?: string
  name?: string
  visitorId?: string
  signature?: string
}

/** A chat of this inbox, and a way to ask it as a page of the shop would. */
export const startChat = async (
  { app }: Pick<Awaited<ReturnType<typeof startApp>>, 'app'>,
  inbox: Inbox,
  allowedOrigins = [shop],
) => {
  const made = await inbox.post('/channels', { kind: 'CHAT', name: 'Website', allowedOrigins })
  assert.equal(made.status, 201)
  const { identitySecret, ...channel } = made.body.channel
  let requests = 0

  const ask = async (
    method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS',
    path: string,
    {
      token,
      body,
      origin = shop,
      headers = {},
      from = `10.0.${(requests >> 8) & 255}.${requests++ & 255}`,
    }: Asked = {},
  ): Promise<Answer> => {
    const answer = await app.inject({
      method,
      url: `/embeds/v1/chats/${channel.publishableKey}${path}`,
      remoteAddress: from,
      headers: {
        ...(origin === '' ? {} : { origin }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    const { statusCode: status, headers: got, body: text } = answer
    return { status, headers: got, body: isJson ? answer.json() : undefined, text }
  }

  const sign = (email: string) => createHmac('sha256', identitySecret).update(email).digest('hex')

  /** A browser with a session; `say` sends a message of its own id. */
  const visitor = async (identity: Identity = {}, earlier?: string) => {
    const { status, body } = await ask('POST', '/sessions', { body: { ...identity, token: earlier } })
    assert.equal(status, 200, body.message)
    const { token, isVerified } = body.session as { token: string; isVerified: boolean }
    return {
      token,
      isVerified,
      say: (text: string, more: object = {}) =>
        ask('POST', '/messages', { token, body: { id: randomUUID(), text, ...identity, ...more } }),
      messages: async (query = '') => (await ask('GET', `/messages${query}`, { token })).body.messages,
      texts: async () =>
        (await ask('GET', '/messages', { token })).body.messages.items.map(({ text }: any) => text).toReversed(),
    }
  }

  return { channel, ask, sign, visitor }
}

export type Visitor = Awaited<ReturnType<Awaited<ReturnType<typeof startChat>>['visitor']>>

/** As the widget does: what came too late for a token is sent again with the next one. */
export const sayOn = async (now: Visitor, next: Promise<Visitor>, text: string): Promise<Answer> => {
  const id = randomUUID()
  const answer = await now.say(text, { id })
  return answer.status === 401 ? (await next).say(text, { id }) : answer
}
