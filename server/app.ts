import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyRequest } from 'fastify'
import type { Server } from 'node:http'
import { agentRoutes } from './agents/routes.ts'
import { channelRoutes } from './channels/routes.ts'
import { chatRoutes } from './chat/routes.ts'
import { type Config } from './config.ts'
import { limits } from './limits.ts'
import { contactRoutes } from './contacts/routes.ts'
import { conversationRoutes } from './conversations/routes.ts'
import type { Db } from './db/db.ts'
import { createSignIn } from './email/mailbox.ts'
import { emailRoutes } from './email/routes.ts'
import { createSendingTest } from './email/test-sending.ts'
import { isEmail } from './email-address.ts'
import { erasureRoutes } from './erasure/routes.ts'
import { createLive } from './events/live.ts'
import { eventRoutes } from './events/routes.ts'
import { forgetAnswersInTime } from './http/answer-once.ts'
import { formRoutes } from './forms/routes.ts'
import { importRoutes } from './imports/routes.ts'
import { checkRequest, parseJson, parseQueryString } from './http/body.ts'
import { compilersFactory } from './http/compile.ts'
import { compressAnswers } from './http/compress.ts'
import { tagVersions } from './http/etag.ts'
import { addFailing, answerOnSocket, refuseUnknown, sendError } from './http/failing.ts'
import { addHeaders, fixedHeaders } from './http/headers.ts'
import type { FreeSpace } from './http/free-space.ts'
import { addHealth } from './http/health.ts'
import { beginInOrder } from './http/in-order.ts'
import { logRequests, type Log } from './http/log.ts'
import { collectMethods } from './http/methods.ts'
import { opaqueNumbers } from './http/opaque.ts'
import { addOpenApi } from './http/openapi.ts'
import { exchangeRates } from './http/rate-exchange.ts'
import { limitRates } from './http/rate-limit.ts'
import { shared, type Rates } from './http/rates.ts'
import { reachOf } from './http/reach.ts'
import { type App } from './http/schema.ts'
import { requestIdOf } from './http/trace-context.ts'
import { takeTurns } from './http/turns.ts'
import { cutUnread } from './http/unread.ts'
import { callersIn, requireCaller, requireRight } from './keys/caller.ts'
import { meRoutes } from './keys/me.ts'
import { keyRoutes } from './keys/routes.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { MailParser } from './mime/parser.ts'
import { mailRoutes } from './mail/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { pageRoutes } from './page/routes.ts'
import { presenceRoutes } from './presence/routes.ts'
import { watchPresence } from './presence/watch.ts'
import { savedReplyRoutes } from './saved-replies/routes.ts'
import { searchRoutes } from './search/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import type { Tracing } from './tracing/tracing.ts'
import { workspaceRoutes } from './workspaces/routes.ts'

interface Parts {
  db: Db
  log: Log
  parser: MailParser
  metrics?: Metrics | undefined
  tracing?: Tracing | undefined
  space?: FreeSpace | undefined
  config: Pick<
    Config,
    | 'publicUrl'
    | 'host'
    | 'dataDir'
    | 'rateLimit'
    | 'trustProxy'
    | 'corsOrigins'
    | 'smtpUrl'
    | 'smtpNetworks'
    | 'authservIds'
    | 'mailBytes'
  >
}

/** The app, with every feature. There is no other constructor: what is served is what is tested. */
export const buildApp = async ({ db, log, parser, metrics, tracing, space, config }: Parts): Promise<App> => {
  const { publicUrl, dataDir } = config
  const live = createLive(db)
  const opaqueOf = opaqueNumbers(db)
  const app = createServer(log, config.trustProxy)
  const rates: Rates = new Map()
  const requests = config.rateLimit === undefined ? undefined : shared(rates, 'requests', { most: config.rateLimit })
  const callerOf = callersIn(db)
  const mayReach = reachOf(config.smtpNetworks)
  beginInOrder(app)
  app.addHook('onClose', async () => live.close())
  addHeaders(app, { corsOrigins: config.corsOrigins, isBehindProxy: config.trustProxy.length > 0, publicUrl })
  collectMethods(app)
  logRequests(app, log)
  cutUnread(app)
  metrics?.watch(app)
  tracing?.watch(app)
  addFailing(app, log)
  await addOpenApi(app)
  addHealth(app, db)
  forgetAnswersInTime(app, { db, log })
  exchangeRates(app, { rates, db, log })
  await app.register(
    async (people: App) => {
      sessionRoutes(people, { db, log, publicUrl, rates })
    },
    { prefix: '/v1' },
  )
  await app.register(
    async (own: App) => {
      requireCaller(own, { db, callerOf, publicUrl, rates })
      if (requests) limitRates(own, requests)
      meRoutes(own, db)
    },
    { prefix: '/v1' },
  )
  await app.register(
    async (inbox: App) => {
      const presence = watchPresence(db)
      inbox.addHook('onClose', async () => presence.close())
      requireCaller(inbox, { db, callerOf, publicUrl, rates })
      if (requests) limitRates(inbox, requests)
      takeTurns(inbox)
      requireRight(inbox)
      tagVersions(inbox)
      compressAnswers(inbox)
      inbox.setNotFoundHandler(refuseUnknown)
      // a feature may import from those above it, never from those below; a test holds it
      workspaceRoutes(inbox, db)
      agentRoutes(inbox, { db, config })
      keyRoutes(inbox, db)
      channelRoutes(inbox, db, {
        mayReach,
        signsIn: createSignIn(db, { mayReach, rates }),
        testsSending: createSendingTest(mayReach, config.smtpUrl),
        rates,
      })
      searchRoutes(inbox, db, opaqueOf)
      contactRoutes(inbox, db)
      conversationRoutes(inbox, db)
      presenceRoutes(inbox, db)
      messageRoutes(inbox, { db, parser, space, opaqueOf })
      mailRoutes(inbox, db, parser)
      emailRoutes(inbox, db, { parser, space, authservIds: config.authservIds, mailBytes: config.mailBytes })
      erasureRoutes(inbox, db)
      savedReplyRoutes(inbox, db)
      importRoutes(inbox, db, dataDir)
      eventRoutes(inbox, { callerOf, live, presence, opaqueOf })
    },
    { prefix: '/v1/workspaces/:workspaceId/support/inbox' },
  )
  await app.register(
    async (embeds: App) => {
      compressAnswers(embeds)
      chatRoutes(embeds, { db, live, rates, space, opaqueOf })
    },
    { prefix: '/embeds/v1' },
  )
  await app.register(async (open: App) => {
    await formRoutes(open, { db, log, rates, space })
  })
  await app.register(async (page: App) => {
    pageRoutes(page)
  })
  return app
}

/** How often it is looked for clients that are too slow, milliseconds. */
const lookEvery = 250

const createServer = (log: Log, trustProxy: string[]): App => {
  const app: App = Fastify<Server>({
    bodyLimit: limits.bodyBytes,
    // whose time is over is cut off then, not a look later
    requestTimeout: limits.requestTimeout - lookEvery,
    connectionTimeout: limits.silenceTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    http: {
      headersTimeout: limits.headersTimeout - lookEvery,
      requireHostHeader: false,
      connectionsCheckingInterval: lookEvery,
    },
    return503OnClosing: false,
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    logger: false,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: limits.pathPartCharacters, querystringParser: parseQueryString },
    frameworkErrors: (error, request, reply) => sendError(log, error, request, reply.headers(fixedHeaders)),
    clientErrorHandler: (error, socket) => answerOnSocket(app, error, socket),
    schemaController: { compilersFactory },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: true,
        allErrors: false,
        verbose: true,
      },
      onCreate: (ajv) => {
        ajv.addFormat('email', isEmail)
        ajv.addKeyword('x-rule')
        ajv.addKeyword('x-id')
        ajv.addKeyword('example')
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = limits.connections
  app.decorateRequest('caller', null as never)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, body: Buffer) => parseJson(body, headers['content-encoding']),
  )
  app.addHook('preValidation', (request, _reply, done) => {
    checkRequest(request)
    done()
  })
  return app
}
