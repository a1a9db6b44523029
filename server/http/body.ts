import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { ApiError, fail } from '../errors.ts'

const bad = (sentence: string) => fail('invalid_request', { sentence })

/**
 * Reads a JSON body: UTF-8 (a byte order mark is taken off), no NUL, no lone surrogate, not nested too deep, not too many
 * fields. Throws `invalid_request` (400) with the reason, or `body_compressed` (415).
 */
export const parseJson = (bytes: Buffer, encoding = 'identity'): unknown => {
  if (encoding !== 'identity') fail('body_compressed')
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) bad('The body is not valid UTF-8.')
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  const { depth, fields, parts } = shapeOf(text)
  if (depth > limits.jsonDepth) bad(`The body is nested deeper than ${limits.jsonDepth} levels.`)
  if (parts > limits.jsonParts) bad(`The body has more than ${limits.jsonParts} fields and list items.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    bad('The body is not valid JSON.')
  }
  if (assertPlain(value, 'body') < fields) bad('A field is given twice.')
  return value
}

/**
 * What stands outside of the strings of a JSON text: how deep it is nested, how many fields it has, and fields and list
 * items together. Known before JSON.parse, which holds up everybody for a third of a second on 1 MB of brackets or fields.
 */
const shapeOf = (text: string) => {
  let depth = 0
  let open = 0
  let fields = 0
  let parts = 0
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]
    if (sign === '"') i = endOfString(text, i + 1)
    else if (sign === ':') fields += 1
    else if (sign === ',') parts += 1
    else if (sign === '}' || sign === ']') open -= 1
    else if (sign === '{' || sign === '[') {
      open += 1
      parts += 1
      depth = Math.max(depth, open)
    }
  }
  return { depth, fields, parts }
}

const endOfString = (text: string, start: number): number => {
  let i = start
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}

/** Refuses what one engine or the other would not give back byte for byte; answers how many fields there are. */
const assertPlain = (value: unknown, place: string): number => {
  if (typeof value === 'string') assertText(value, place)
  if (typeof value !== 'object' || value === null) return 0
  let fields = 0
  for (const [name, item] of Object.entries(value)) {
    if (!Array.isArray(value)) {
      assertText(name, 'A field name')
      fields += 1
    }
    fields += assertPlain(item, Array.isArray(value) ? place : name)
  }
  return fields
}

export const assertText = (text: string, place: string): void => {
  if (text.includes('\0')) bad(`${place} must not contain the character NUL.`)
  if (!text.isWellFormed()) bad(`${place} must not contain half of a surrogate pair.`)
}

/**
 * Reads a query string. Each name once; percent-encoded UTF-8. What is wrong is kept as an error
 * under `invalidQuery`, because Fastify calls this where nothing may be thrown.
 */
export const parseQueryString = (text: string): Record<string, unknown> => {
  const query: Record<string, unknown> = Object.create(null)
  try {
    for (const pair of text.split('&')) {
      if (pair === '') continue
      const [name = '', ...value] = pair.split('=')
      const key = decode(name, 'The query')
      if (key in query) bad(`${key} is given twice.`)
      query[key] = decode(value.join('='), key)
    }
    return query
  } catch (error) {
    return { [invalidQuery]: error }
  }
}

const invalidQuery = Symbol('invalidQuery')

const decode = (text: string, place: string): string => {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    assertText(decoded, place)
    return decoded
  } catch (error) {
    throw error instanceof ApiError
      ? error
      : new ApiError('invalid_request', { sentence: `${place} is not valid percent-encoded UTF-8.` })
  }
}

/**
 * Before the schemas: throws what is wrong with the path and what `parseQueryString` found, refuses a body where none
 * is read, and turns the digits of integer parameters into numbers: the only coercion there is, so that bodies stay as
 * they were sent.
 */
export const checkRequest = ({ params, query, body, headers, caller, routeOptions }: FastifyRequest): void => {
  const { schema, config } = routeOptions
  if (config.isShownOnce && headers['idempotency-key'] !== undefined)
    bad('Idempotency-Key cannot be kept here: the answer holds a secret that is shown once.')
  if (schema?.params)
    for (const [name, text] of Object.entries(params as Record<string, string>)) assertText(text, name)
  const given = query as Record<string | symbol, unknown>
  if (given[invalidQuery]) throw given[invalidQuery]
  if (!schema?.body && body != null && Object.keys(body).length > 0)
    bad(`${Object.keys(body)[0]} is not a field of this request: it takes no body.`)
  const [unread] = caller && !schema?.querystring ? Object.keys(given) : []
  if (unread !== undefined) bad(`${unread} is not a parameter of this request.`)
  const { properties = {} } = (schema?.querystring ?? {}) as { properties?: Record<string, { type?: string }> }
  for (const [name, { type }] of Object.entries(properties))
    if (type === 'integer' && /^-?\d{1,15}$/.test(String(given[name]))) given[name] = Number(given[name])
}
