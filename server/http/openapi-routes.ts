import type { FastifySchema, RouteOptions } from 'fastify'
import type { ErrorCode } from '../errors.ts'
import type { Known } from './openapi-document.ts'
import { usualScopes } from './scopes.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** What the route refuses besides what every route like it does. */
    errors?: ErrorCode[]
  }
}

interface Body {
  content?: Record<string, { schema: object }>
}

const ofEvery: ErrorCode[] = ['invalid_request', 'request_timeout', 'uri_too_long', 'headers_too_large', 'internal']
const ofStorage: ErrorCode[] = ['database_unavailable', 'database_busy', 'storage_unavailable']
const ofKeys: ErrorCode[] = [
  'invalid_api_key',
  'foreign_page',
  'scope_missing',
  'workspace_not_found',
  'too_many_bad_keys',
  'rate_limited',
]
const ofVisitors: ErrorCode[] = ['channel_not_found', 'origin_not_allowed', 'too_many_requests']

/** The same mail, and a visitor's message with its own id, is kept once without a key; a look may be repeated. */
export const isAnsweredOnce = ({ method, schema, config = {} }: Pick<RouteOptions, 'method' | 'schema' | 'config'>) => {
  const isStored = config.takes !== 'mail' && !config.isShownOnce && !config.isLook
  return method === 'POST' && isStored && schema !== undefined && !schema.hide && !schema.security
}

/** What every route like this one answers, and what this one says of itself. */
export const whatIsKnownOf = (route: RouteOptions): Known => {
  const { schema = {}, config = {} } = route
  const hasKey = !schema.security
  const isHealth = schema.tags?.includes('Health')
  const hasPages = 'cursor' in ((schema.querystring as { properties?: object })?.properties ?? {})
  return {
    errors: [
      ...ofEvery,
      ...(isHealth ? [] : ofStorage),
      ...(hasKey ? ofKeys : []),
      ...(schema.tags?.includes('Chat') ? ofVisitors : []),
      ...(schema.security?.some((one) => 'visitor' in one) ? (['invalid_visitor_token'] as const) : []),
      ...(schema.security?.some((one) => 'session' in one) ? (['not_signed_in'] as const) : []),
      ...(schema.tags?.includes('Sessions') ? (['foreign_page'] as const) : []),
      ...(hasPages ? (['invalid_cursor'] as const) : []),
      ...(schema.body ? bodyErrors(schema.body, config.takes) : []),
      ...(isAnsweredOnce(route) ? (['request_running', 'idempotency_key_reused'] as const) : []),
      ...(isVersionedChange(route) ? (['version_conflict'] as const) : []),
      ...(schema.errors ?? []),
    ],
    scopes: hasKey ? (config.scopes ?? usualScopes) : undefined,
    isPage: schema.tags?.includes('Forms') === true,
    headers: [
      'X-Request-Id',
      ...(hasKey ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
      ...(config.hasVersion ? (['ETag'] as const) : []),
    ],
  }
}

const isVersionedChange = ({ method, config = {} }: RouteOptions): boolean =>
  config.hasVersion === true && (method === 'PATCH' || method === 'PUT')

/** What a route with a version takes besides, which no schema need check. */
export const withVersion = (schema: FastifySchema, route: RouteOptions): FastifySchema => {
  if (!route.config?.hasVersion) return schema
  const header = (name: string, description: string) => ({
    ...schema,
    headers: { type: 'object', properties: { [name]: { type: 'string', description } } },
  })
  if (isVersionedChange(route)) return header('If-Match', 'The `ETag` that was read: 412 where it was changed since.')
  const unchanged = { type: 'null', description: 'As If-None-Match has it.' }
  const answered = header('If-None-Match', 'The `ETag` that is known: 304 where nothing has changed.')
  return { ...answered, response: { ...(schema.response as object), 304: unchanged } }
}

const bodyErrors = (body: unknown, takes = 'json'): ErrorCode[] => [
  `not_${takes}` as ErrorCode,
  'body_compressed',
  'body_too_large',
  ...(JSON.stringify(body).includes('"format":"email"') ? (['invalid_email'] as const) : []),
]

/** Generators take one type of body: JSON where there is JSON. The text names the others. */
export const withOneBody = (schema: FastifySchema & { description?: string }): FastifySchema => {
  const { 'application/json': json, ...others } = (schema.body as Body | undefined)?.content ?? {}
  if (schema.body && !json && Object.keys(others).length > 0) return { ...schema, body: { content: asBytes(others) } }
  const names = Object.keys(others).map((name) => `\`${name}\``)
  if (!json || names.length === 0) return schema
  const isDeprecated = schema.tags?.includes('Forms') !== true
  const also = `Takes ${names.join(' and ')}, too${isDeprecated ? ', which is deprecated' : ''}.`
  return { ...schema, body: json.schema, description: [schema.description, also].filter(Boolean).join(' ') }
}

const asBytes = (content: NonNullable<Body['content']>) =>
  Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => [
      type,
      { schema: { ...schema, type: 'string', format: 'binary' } },
    ]),
  )
