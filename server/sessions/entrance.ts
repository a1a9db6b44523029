import { Type } from 'typebox'
import { findInvitation } from '../agents/invitations.ts'
import { findByEmail } from '../agents/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { fail } from '../errors.ts'
import type { Log } from '../http/log.ts'
import type { Rates } from '../http/rates.ts'
import type { App } from '../http/schema.ts'
import { enqueue } from '../jobs/queries.ts'
import { browserOf, enter } from './browser.ts'
import { acceptance, invitation, resetWish, signedIn, signIn as credentials } from './schema.ts'
import { accept, signIn } from './sign-in.ts'
import { createThrottle, type Throttle } from './throttle.ts'

interface Parts {
  db: Db
  log: Log
  publicUrl: string
  throttle: Throttle
  rates: Rates
}

/** The job that mails a link to choose a password with. Its subject is the agent. */
export const mailReset = 'mail-reset'

const tags = ['Sessions']
const security: [] = []
const bodyLimit = limits.signInBodyBytes
const params = Type.Object({ token: Type.String({ description: 'The end of the link.' }) })

/** What can be done without being signed in. */
export const entranceRoutes = (app: App, { db, log, publicUrl, throttle, rates }: Parts): void => {
  const throttleResets = createThrottle(rates, 'resets')

  app.post(
    '/sessions',
    {
      bodyLimit,
      schema: {
        operationId: 'signIn',
        summary: 'Sign in: the answer sets the cookie `session`, over https `__Host-session`',
        description: 'For browsers: programs use a key. An agent of several workspaces names one of them.',
        errors: ['sign_in_failed', 'too_many_requests'],
        tags,
        security,
        body: credentials,
        response: { 201: signedIn },
      },
    },
    async (request, reply) => {
      throttle(request, emailKey(request.body.email))
      const opened = await signIn(db, browserOf(request), request.body)
      return enter(reply.code(201), opened, publicUrl)
    },
  )

  app.get(
    '/invitations/:token',
    {
      schema: {
        operationId: 'getInvitation',
        summary: 'Whom a link lets in; looking does not use it up',
        description: 'Says whose it is and until when it can be used.',
        errors: ['invitation_not_found'],
        tags,
        security,
        params,
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: invitation },
      },
    },
    async ({ params: { token } }) => ({
      invitation: (await findInvitation(db, token)) ?? fail('invitation_not_found'),
    }),
  )

  app.post(
    '/invitations/:token',
    {
      bodyLimit,
      schema: {
        operationId: 'acceptInvitation',
        summary: 'Choose a password, and be signed in',
        description: 'Uses up the link, and sets the cookie of a new session.',
        errors: ['invitation_not_found', 'agent_email_taken', 'agent_name_taken', 'too_many_requests'],
        tags,
        security,
        params,
        body: acceptance,
        response: { 201: signedIn },
      },
    },
    async (request, reply) => {
      const { token } = request.params
      throttle(request)
      // before a hash is worked out that nobody needs
      if (!(await findInvitation(db, token))) fail('invitation_not_found')
      const opened = await accept(db, browserOf(request), { token, ...request.body })
      return enter(reply.code(201), opened, publicUrl)
    },
  )

  app.post(
    '/password-resets',
    {
      bodyLimit,
      schema: {
        operationId: 'resetPassword',
        summary: 'A link by mail, where somebody has the address and mail is set up',
        description: 'The answer is the same whether anybody has the address or not.',
        errors: ['too_many_requests'],
        tags,
        security,
        body: resetWish,
        response: { 202: Type.Object({}, { description: 'Whoever has the address or not.' }) },
      },
    },
    async (request, reply) => {
      const key = emailKey(request.body.email)
      throttleResets(request, key)
      // not waited for: how long it takes tells whether there is anybody
      enqueueResets(db, key).catch((error: unknown) => log('error', { requestId: request.id, error: String(error) }))
      return reply.code(202).send({})
    },
  )
}

const enqueueResets = async (db: Db, key: string): Promise<void> => {
  for (const { id, workspaceId } of await findByEmail(db, key))
    await enqueue(db, workspaceId, { kind: mailReset, subjectId: id })
}
