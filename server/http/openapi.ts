import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import { version } from '../version.ts'
import { idempotencyHeaders } from './answer-once.ts'
import type { App } from './schema.ts'

const tags = [
  { name: 'Contacts', description: 'The customers, and the list of them with their latest conversations.' },
  { name: 'Conversations', description: 'What is open, closed or archived, and with whom.' },
  { name: 'Messages', description: 'Reading and writing in a conversation; mails and their files.' },
  { name: 'Search', description: 'One search over all three.' },
  { name: 'Channels', description: 'How customers reach you: mail addresses, chats and forms.' },
  { name: 'Chat', description: "What the script on a site's pages asks, named by a publishable key." },
  { name: 'Forms', description: 'For customers: whoever has the link of a form may write. No key.' },
  { name: 'Workspaces', description: 'What the workspace is called.' },
  { name: 'Agents', description: 'The people who answer.' },
  { name: 'Sessions', description: 'Signing in and out: a cookie in the place of a key.' },
  { name: 'Saved replies', description: 'What is written again and again.' },
  { name: 'Imports', description: 'Files of mails or contacts, brought in beside what is going on.' },
  { name: 'Keys', description: 'What programs ask with.' },
  { name: 'Events', description: 'What changes, as it happens.' },
  { name: 'Health', description: 'For load balancers and supervisors. No key.' },
]

const error = Type.Object(
  {
    statusCode: Type.Integer(),
    error: Type.String(),
    message: Type.String(),
    code: Type.String({ description: 'Stable, for programs.' }),
    requestId: Type.String(),
  },
  { $id: 'Error', additionalProperties: true },
)

const errorReply = (description: string) => ({
  description,
  content: { 'application/json': { schema: Type.Ref('Error#') } },
})

const postReplies = {
  409: errorReply('The first request with this Idempotency-Key has not been answered for 5 seconds.'),
  422: errorReply('This Idempotency-Key came with another request before.'),
}

const keyReplies = {
  401: errorReply('The key or session is missing, malformed, unknown, expired, revoked or ended.'),
  429: {
    ...errorReply(
      'The key or session has asked more than it may in a minute, or too many bad keys came from this address.',
    ),
    headers: { 'Retry-After': Type.Integer({ description: 'Seconds.' }) },
  },
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40">
  <text x="0" y="27" font-family="sans-serif" font-size="22" font-weight="bold" fill="#fff">support-inbox</text></svg>`

/** `/openapi.json` and the reference page at `/docs`, both out of the routes' own schemas. */
export const addOpenApi = async (app: App): Promise<void> => {
  app.addSchema(error)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'support-inbox',
        version,
        description: [
          'Contacts, conversations and messages of a support inbox, and one search over them.',
          'Every answer has `X-Request-Id`; those to a key have `RateLimit` and `RateLimit-Policy`, a replay has',
          '`Idempotent-Replayed: true`.',
        ].join(' '),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags,
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'session',
            description: 'An agent who is signed in. Over https the cookie is `__Host-session`.',
          },
          key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          visitor: { type: 'http', scheme: 'bearer', description: 'The token of a chat session.' },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `def-${i}`),
    },
  })
  app.addHook('onRoute', (route) => {
    if (!route.schema || route.schema.hide) return
    // the same mail, and a visitor's message with its own id, is kept once without a key; a look may be repeated
    const { takes, isShownOnce, isLook } = route.config ?? {}
    const isStored = takes !== 'mail' && !isShownOnce && !isLook
    const isAnsweredOnce = route.method === 'POST' && isStored && !route.schema.security
    if (isAnsweredOnce) route.schema.headers = idempotencyHeaders
    route.schema.response = {
      ...(route.schema.response as object),
      ...(isAnsweredOnce ? postReplies : {}),
      ...(route.schema.security ? {} : keyReplies),
      '4xx': errorReply('The request was refused; the sentence says why.'),
      '5xx': errorReply('The server could not do it now.'),
    }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'support-inbox API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(logo), href: '/docs' },
    uiConfig: { validatorUrl: null, deepLinking: true },
    staticCSP: true,
    // the server may well be reached by plain http in a local network
    transformStaticCSP: (policy) =>
      policy
        .replace(/upgrade-insecure-requests;?/, '')
        .replaceAll(' validator.swagger.io', '')
        .replaceAll(' https:', ''),
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
