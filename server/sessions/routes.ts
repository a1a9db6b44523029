import { Type } from 'typebox'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { together } from '../db/together.ts'
import { fail } from '../errors.ts'
import type { Log } from '../http/log.ts'
import { refuseForeignPages } from '../http/own-address.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import type { Rates } from '../http/rates.ts'
import { id, type App } from '../http/schema.ts'
import { browserOf, enter } from './browser.ts'
import { clearCookie, signedInBy, tokensOf } from './cookie.ts'
import { entranceRoutes } from './entrance.ts'
import { endSession, endSessionOf, findSessions, listSessions } from './queries.ts'
import { changedPassword, sessions, signedIn, type SignedIn } from './schema.ts'
import { changePassword } from './sign-in.ts'
import { createThrottle } from './throttle.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in, on the routes about one's own sessions. */
    signedIn: SignedIn
  }
}

interface Parts {
  db: Db
  log: Log
  publicUrl: string
  rates: Rates
}

const tags = ['Sessions']
const security = [{ session: [] }]
const nothingAsked = Type.Object({}, { additionalProperties: false })
const gone = { 204: Type.Null({ description: 'Ended.' }) }

/** Signing in and out. Not below a workspace: whoever signs in need not know its id. */
export const sessionRoutes = (app: App, { db, log, publicUrl, rates }: Parts): void => {
  const throttle = createThrottle(rates, 'sign-ins')
  app.addHook('onRequest', async (request) => refuseForeignPages(request, publicUrl))
  void app.register(async (entrance: App) => entranceRoutes(entrance, { db, log, publicUrl, throttle, rates }))
  void app.register(async (own: App) => {
    own.decorateRequest('signedIn', null as never)
    const find = together((hashes) => findSessions(db, hashes))
    own.addHook('onRequest', async (request) => {
      request.signedIn = (await signedInBy(request, find)) ?? fail('not_signed_in')
    })

    own.get(
      '/session',
      {
        schema: {
          operationId: 'getSession',
          summary: 'Who is signed in',
          description: 'The agent whose cookie the request has, and the workspace.',
          tags,
          security,
          querystring: nothingAsked,
          response: { 200: signedIn },
        },
      },
      async ({ signedIn: who }) => who,
    )

    own.delete(
      '/session',
      {
        schema: {
          operationId: 'signOut',
          summary: 'Sign out',
          description: 'Ends the session and removes its cookie.',
          tags,
          security,
          response: gone,
        },
      },
      async (request, reply) => {
        // all that the browser sends: the next one would count from now on
        await db.transaction(async (tx) => {
          for (const token of tokensOf(request)) await endSessionOf(tx, token)
        })
        clearCookie(reply, publicUrl)
        return reply.code(204).send(null)
      },
    )

    own.put(
      '/session/password',
      {
        bodyLimit: limits.signInBodyBytes,
        schema: {
          operationId: 'changePassword',
          summary: 'Choose another password; every other session ends',
          description: 'Answers with a new session, and sets its cookie.',
          errors: ['wrong_password', 'agent_not_found', 'too_many_requests'],
          tags,
          security,
          body: changedPassword,
          response: { 200: signedIn },
        },
      },
      async (request, reply) => {
        const { agent } = request.signedIn
        throttle(request, agent.email ?? agent.id)
        const opened = await changePassword(db, browserOf(request), { agentId: agent.id, ...request.body })
        return enter(reply, opened, publicUrl)
      },
    )

    own.get(
      '/sessions',
      {
        schema: {
          operationId: 'listSessions',
          summary: 'Where one is signed in',
          description: 'The sessions of whoever asks, newest first.',
          tags,
          security,
          querystring: Type.Object(pageQuery, { additionalProperties: false }),
          response: { 200: sessions },
        },
      },
      async ({ signedIn: { agent, session }, query: { limit, cursor } }) => {
        const list = ['sessions', agent.id]
        const after = anchorOf(list, cursor, ['string'])?.[0]
        const rows = await listSessions(db, { agentId: agent.id, after, limit: limit + 1 })
        const items = rows.map((row) => ({ ...row, isCurrent: row.id === session.id }))
        return { sessions: pageFrom(items, { limit, list, anchor: ({ id }) => [id] }) }
      },
    )

    own.delete(
      '/sessions/:sessionId',
      {
        schema: {
          operationId: 'endSession',
          summary: 'Sign out elsewhere',
          description: 'The browser with that session has to sign in again.',
          errors: ['session_not_found'],
          tags,
          security,
          params: Type.Object({ sessionId: id('ses', { description: 'A session.' }) }),
          response: gone,
        },
      },
      async ({ signedIn: { agent }, params: { sessionId: id } }, reply) => {
        if ((await endSession(db, { agentId: agent.id, id })) === 0) fail('session_not_found')
        return reply.code(204).send(null)
      },
    )
  })
}
