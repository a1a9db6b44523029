import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { limits } from '../limits.ts'
import { newRequestId } from '../db/id.ts'
import { ApiError, type ErrorCode } from '../errors.ts'
import { VersionConflict } from './etag.ts'
import { fixedHeaders } from './headers.ts'
import type { Log } from './log.ts'
import { METHODS, STATUS_CODES } from './node-http.ts'
import { isGivenTime } from './patience.ts'

/** Every way in which a request can fail ends in the one error shape. */
export const addFailing = (app: FastifyInstance, log: Log): void => {
  app.setErrorHandler((error, request, reply) => sendError(log, error, request, reply))
  answerForNode(app)
  app.setNotFoundHandler(refuseUnknown)
}

/** Also for a context with hooks of its own, which run before it. */
export const refuseUnknown = (request: FastifyRequest): never => {
  throw unknownAt(request.server, whereOf(request))
}

const unknownAt = (app: FastifyInstance, where: { method: string; path: string }): ApiError => {
  const methods = app.methodsAt(where.path).join(', ')
  return methods === ''
    ? new ApiError('route_not_found', where)
    : new ApiError('method_not_allowed', { ...where, methods })
}

/** What was thrown, as one error of the catalogue; what is ours to mend is in the log. Sets status and headers. */
export const failureOf = (log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): ApiError => {
  const error = asApiError(thrown, request)
  if (error.statusCode >= 500) {
    const text = describe(error.cause ?? thrown, error.statusCode)
    if (error.statusCode !== 503 || isNews(log, text))
      log('error', { requestId: request.id, route: request.routeOptions?.url, error: text })
  }
  const retryAfter = error.more['retryAfter'] ?? (error.statusCode === 503 ? 1 : undefined)
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter))
  if (error.statusCode === 401) void reply.header('www-authenticate', challenge)
  if (error.statusCode === 405) void reply.header('allow', String(error.more['methods']))
  void reply.code(error.statusCode)
  return error
}

const challenge = 'Bearer realm="support-inbox"'

export const sendError = (log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const error = failureOf(log, thrown, request, reply)
  void reply
    .header('x-request-id', request.id)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ ...bodyOf(error, request), ...(error instanceof VersionConflict ? error.answerWith(reply) : {}) })
}

const bodyOf = ({ body }: ApiError, { id }: FastifyRequest) => ({ ...body, requestId: id })

/** The body with which a request fails, as it is sent. */
export const textOfError = (error: ApiError, request: FastifyRequest): string => JSON.stringify(bodyOf(error, request))

/** Where something is wrong outside of the program, its own stack tells nothing. */
const describe = (error: unknown, statusCode: number): string =>
  error instanceof Error ? ((statusCode === 503 ? undefined : error.stack) ?? error.message) : String(error)

/** How long the same trouble with disk or database is not told again, milliseconds: the line of each request has its 503. */
const quiet = 60_000
const told = new WeakMap<Log, Map<string, number>>()

const isNews = (log: Log, text: string): boolean => {
  const before = told.get(log) ?? new Map<string, number>()
  if (performance.now() - (before.get(text) ?? -Infinity) < quiet) return false
  // texts are few, but other programs write them
  if (before.size >= 100) before.clear()
  told.set(log, before.set(text, performance.now()))
  return true
}

const known: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_NOT_FOUND: 'route_not_found',
}

const whereOf = ({ method, url }: FastifyRequest) => ({ method, path: url.split('?')[0]! })

const asApiError = (thrown: unknown, request: FastifyRequest): ApiError => {
  if (thrown instanceof ApiError) return thrown
  const error = thrown as FastifyError
  if (error.validation) return invalid(error.validation[0]!, error.validationContext)
  // only said of QUERY, a method that no route has
  if (error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE') return unknownAt(request.server, whereOf(request))
  const code = known[error.code]
  const { config, bodyLimit } = request.routeOptions ?? {}
  if (code === 'not_json' && config?.takes) return new ApiError(`not_${config.takes}`, {}, error)
  if (code) return new ApiError(code, { limit: bodyLimit ?? limits.bodyBytes, ...whereOf(request) }, error)
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500)
    return new ApiError('invalid_request', { sentence: plain[error.code] ?? 'The request cannot be read.' }, error)
  return new ApiError('internal', {}, error)
}

const plain: Record<string, string> = {
  FST_ERR_BAD_URL: 'The path is not valid percent-encoded UTF-8.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'Content-Length does not match the length of the body.',
}

/** One sentence that names the field. */
const invalid = (error: FastifySchemaValidationError, context = 'body'): ApiError => {
  const schema = (error as { parentSchema?: Record<string, unknown> }).parentSchema ?? {}
  const field = error.instancePath.slice(1).replaceAll('/', '.') || (context === 'body' ? 'The body' : `The ${context}`)
  const { keyword, params } = error
  if (keyword === 'format' && params['format'] === 'email')
    return field === 'email' ? new ApiError('invalid_email') : sentence(`${field} must be an email address.`)
  if (keyword === 'required') return sentence(`${params['missingProperty']} is required.`)
  if (keyword === 'additionalProperties')
    return sentence(
      `${params['additionalProperty']} is not a ${context === 'querystring' ? 'parameter' : 'field'} of this request.`,
    )
  if (keyword === 'minProperties') return sentence(`${field} must hold at least one field.`)
  // a rule of a schema may bring its own words
  if (typeof schema['x-rule'] === 'string') return sentence(`${field} ${schema['x-rule']}.`)
  if (keyword === 'enum' || keyword === 'const' || keyword === 'anyOf')
    return sentence(
      `${field} must be one of ${(schema['enum'] as string[] | undefined)?.join(', ') ?? 'the allowed values'}.`,
    )
  if (keyword === 'minimum' || keyword === 'maximum' || schema['type'] === 'integer')
    return sentence(`${field} must be a whole number from ${schema['minimum']} to ${schema['maximum']}.`)
  if (keyword === 'maxLength') return sentence(`${field} must not be longer than ${schema['maxLength']} characters.`)
  if (keyword === 'maxItems') return sentence(`${field} must not have more than ${schema['maxItems']} items.`)
  if (keyword === 'minItems') return sentence(`${field} must not be empty.`)
  if (keyword === 'minLength') return sentence(`${field} must not be empty.`)
  if (keyword === 'type') return sentence(`${field} must be ${typeNames(params['type'])}.`)
  return sentence(`${field} is not valid.`)
}

const sentence = (text: string) => new ApiError('invalid_request', { sentence: text })

const typeNames = (type: unknown): string => {
  const names = (Array.isArray(type) ? type : String(type).split(',')).map((name) =>
    name === 'null' ? 'null' : name === 'object' || name === 'array' ? `a JSON ${name}` : `a ${name}`,
  )
  return names.join(' or ')
}

const socketErrors: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

type SocketError = Error & { code?: string; rawPacket?: unknown }

/** The answers that a connection still waits for. */
const underWay = new WeakMap<Duplex, Set<ServerResponse>>()

const noteAnswers = ({ socket }: IncomingMessage, response: ServerResponse): void => {
  const open = underWay.get(socket) ?? new Set()
  underWay.set(socket, open.add(response))
  response.once('close', () => open.delete(response))
}

/** What is not even HTTP: answered on the socket, in the same shape, after the requests that came before it. */
export const answerOnSocket = (app: FastifyInstance, error: SocketError, socket: Socket): void => {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isGivenTime(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const before = [...(underWay.get(socket) ?? [])].findLast(({ req }) => req.complete)
  // who does not take what was asked for may not go on sending either
  if (before && error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy()
  if (before) return void before.once('close', () => answerOnSocket(app, error, socket))
  const start = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, 300) : ''
  // Node.js refuses methods that it does not know before anybody can route them
  const [, method = '', path = ''] = /^([!-~]+) (\/[!->@-~]*)(?:[^\s!->@-~]\S*)? HTTP\/1\.\d\r?\n/.exec(start) ?? []
  const isUnknownMethod = error.code === 'HPE_INVALID_METHOD' && method !== '' && !METHODS.includes(method)
  if (isUnknownMethod) return endOnSocket(socket, unknownAt(app, { method, path }))
  const code = socketErrors[error.code ?? ''] ?? 'invalid_request'
  endOnSocket(socket, new ApiError(code, { sentence: 'The request is not valid HTTP.' }))
}

const fixedLines = Object.entries(fixedHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

const endOnSocket = (socket: Duplex, { statusCode, body, more }: ApiError): void => {
  // nobody else listens on a socket that Node.js has handed over
  socket.on('error', () => socket.destroy())
  const requestId = newRequestId()
  const text = JSON.stringify({ ...body, requestId })
  const allow = statusCode === 405 ? `Allow: ${more['methods']}\r\n` : ''
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `${fixedLines}${allow}X-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  )
}

/** What Node.js would answer by itself, without a body. */
const answerForNode = (app: FastifyInstance): void => {
  app.server.on('request', noteAnswers)
  app.server.on('connect', ({ method = '', url = '' }, socket) =>
    endOnSocket(socket, new ApiError('route_not_found', { method, path: url })),
  )
  app.server.on('checkExpectation', ({ socket }) =>
    endOnSocket(socket, new ApiError('invalid_request', { sentence: 'Expect must be 100-continue.' })),
  )
  app.addHook('onRequest', ({ headers, raw }, _reply, done) => {
    if (raw.httpVersionMajor < 1) throw new ApiError('invalid_request', { sentence: 'HTTP/0.9 is not served.' })
    if (headers.host === undefined && raw.httpVersion === '1.1')
      throw new ApiError('invalid_request', { sentence: 'Host is required.' })
    done()
  })
}
