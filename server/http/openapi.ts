import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import { errors } from '../errors.ts'
import { version } from '../version.ts'
import { idempotencyHeaders } from './answer-once.ts'
import { compressAnswers } from './compress.ts'
import { finishDocument, type Document, type Known } from './openapi-document.ts'
import { referenceConfig, referenceStyle } from './reference.ts'
import { isAnsweredOnce, whatIsKnownOf, withOneBody, withVersion } from './openapi-routes.ts'
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
    error: Type.String({ description: 'The name of the status.', examples: ['Not Found'] }),
    message: Type.String({ description: 'For people.' }),
    code: Type.String({
      enum: Object.keys(errors),
      title: 'ErrorCode',
      description: 'For programs. A code never changes its meaning.',
    }),
    requestId: Type.String({ description: 'As in X-Request-Id and in the log.' }),
    current: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'With `version_conflict`: what there is now.' }),
    ),
    contactId: Type.Optional(
      Type.String({ 'x-id': 'ctc', description: 'With `email_taken`: the contact that has it.' }),
    ),
  },
  { $id: 'Error', additionalProperties: true, description: 'Every refusal and failure.' },
)

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40">
  <text x="0" y="27" font-family="sans-serif" font-size="22" font-weight="bold" fill="#fff">support-inbox</text></svg>`

/** `/openapi.json` and the reference page at `/docs`, both out of the routes' own schemas. */
export const addOpenApi = async (app: App): Promise<void> => {
  const knownOf = new Map<string, Known>()
  app.addSchema(error)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'support-inbox',
        version,
        description: [
          'Contacts, conversations and messages of a support inbox, and one search over them.',
          'Every answer has `X-Request-Id`. Answers to a key have `RateLimit` and `RateLimit-Policy`.',
          'A replay has `Idempotent-Replayed: true`.',
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
    transform: ({ schema, url, route }) => {
      if (!schema?.operationId) return { schema, url }
      knownOf.set(schema.operationId, whatIsKnownOf(route))
      return { schema: withVersion(withOneBody(schema), route), url }
    },
    transformObject: (made) =>
      finishDocument((made as unknown as { openapiObject: Document }).openapiObject, knownOf) as never,
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `def-${i}`),
    },
  })
  app.addHook('onRoute', (route) => {
    if (isAnsweredOnce(route)) route.schema!.headers = idempotencyHeaders
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'support-inbox API', css: [{ filename: 'reference.css', content: referenceStyle }] },
    logo: { type: 'image/svg+xml', content: Buffer.from(logo), href: '/docs' },
    uiConfig: referenceConfig as never,
    staticCSP: true,
    // the server may well be reached by plain http in a local network
    transformStaticCSP: (policy) =>
      policy
        .replace(/upgrade-insecure-requests;?/, '')
        .replaceAll(' validator.swagger.io', '')
        .replaceAll(' https:', ''),
  })
  void app.register(async (document: App) => {
    compressAnswers(document)
    document.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
}
