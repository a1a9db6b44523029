import { ApiError, errors, type ErrorCode } from '../errors.ts'
import { exampleOf } from './openapi-examples.ts'
import { STATUS_CODES } from './node-http.ts'

/** What we use of a JSON Schema. */
export interface Schema {
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  format?: string
  pattern?: string
  enum?: unknown[]
  minimum?: number
  default?: unknown
  examples?: unknown[]
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
  [more: string]: unknown
}

interface Media {
  schema: Schema
  example?: unknown
  examples?: object
}

interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  schema: Schema
}

interface Response {
  description: string
  headers?: Record<string, object>
  content?: Record<string, Media>
}

export interface Operation {
  operationId: string
  security?: Record<string, readonly string[]>[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, Response>
}

export interface Document {
  components: { schemas: Record<string, Schema>; headers?: object }
  paths: Record<string, Record<string, Operation>>
}

/** What only the program knows of an operation. */
export interface Known {
  errors: readonly ErrorCode[]
  /** Of which a key or session needs one; undefined where it takes neither. */
  scopes: readonly string[] | undefined
  /** Browsers are shown what is wrong as a page. */
  isPage: boolean
  /** Of an answer that is no refusal. */
  headers: readonly HeaderName[]
}

const header = (description: string, schema: Schema = { type: 'string' }) => ({ description, schema })

const headers = {
  'X-Request-Id': header('Names the request in the log.'),
  RateLimit: header('How many requests are left (`r`), and in how many seconds all are there again (`t`).'),
  'RateLimit-Policy': header('How many requests (`q`) there are in how many seconds (`w`).'),
  'Retry-After': header('Seconds.', { type: 'integer' }),
  'WWW-Authenticate': header('How to say who asks.'),
  ETag: header('The version. `If-Match` and `If-None-Match` take it.'),
}
type HeaderName = keyof typeof headers

/** Names and patterns for generators: every schema with a title becomes a component, and is named where it is used. */
export const finishDocument = (document: Document, knownOf: Map<string, Known>): Document => {
  const schemas = new Components()
  const responses = new Map<string, Response>()
  for (const [name, schema] of Object.entries(document.components.schemas)) schemas.add(name, schemas.finish(schema))
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    const known = knownOf.get(operation.operationId)!
    if (known.scopes) operation.security = [{ key: known.scopes }, { session: known.scopes }]
    operation.parameters?.forEach((parameter) => finishParameter(parameter, schemas))
    const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap((each) =>
      Object.values(each?.content ?? {}),
    )
    for (const media of bodies) finishMedia(media, schemas)
    for (const [status, response] of Object.entries(operation.responses)) {
      if (response.description === 'Default Response') response.description = `${STATUS_CODES[status]}.`
      response.headers = { ...response.headers, ...refsOf(known.headers) }
    }
    Object.assign(operation.responses, errorResponses(known, responses))
  }
  const components = { schemas: schemas.sorted(), responses: Object.fromEntries(responses), headers }
  return { ...document, components: { ...document.components, ...components } }
}

const refsOf = (names: readonly HeaderName[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

class Components {
  readonly #schemas = new Map<string, Schema>()

  add(name: string, schema: Schema): void {
    const before = this.#schemas.get(name)
    if (before && JSON.stringify(before) !== JSON.stringify(schema))
      throw new Error(`Two schemas have the title ${name}.`)
    this.#schemas.set(name, schema)
  }

  sorted(): Record<string, Schema> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  finish(schema: Schema): Schema {
    const { title, 'x-id': prefix, 'x-rule': rule, ...rest } = schema
    const { properties, items, anyOf, additionalProperties, description, type } = rest
    const finished: Schema = {
      ...rest,
      ...(description || rule ? { description: described(description, rule as string | undefined) } : {}),
      ...(prefix ? idOf(prefix as string) : {}),
      ...(properties ? { properties: mapped(properties, (each) => this.finish(each)) } : {}),
      ...(items ? { items: this.finish(items) } : {}),
      ...(anyOf ? { anyOf: anyOf.map((each) => this.finish(each)) } : {}),
      ...(typeof additionalProperties === 'object' ? { additionalProperties: this.finish(additionalProperties) } : {}),
    }
    if (title === undefined) return finished
    const $ref = `#/components/schemas/${title}`
    if (type === 'object') {
      this.add(title, finished)
      return { $ref }
    }
    // a value is described where it stands: it says something else there
    const { description: here, ...always } = finished
    if (!Array.isArray(type)) {
      this.add(title, always)
      return { $ref, ...(here ? { description: here } : {}) }
    }
    const onlyType = type.find((each) => each !== 'null')
    const values = always.enum?.filter((value) => value !== null)
    this.add(title, { ...always, type: onlyType!, ...(values ? { enum: values } : {}) })
    return { anyOf: [{ $ref }, { type: 'null' }], ...(here ? { description: here } : {}) }
  }
}

const mapped = <T, R>(values: Record<string, T>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))

const described = (description = '', rule?: string): string =>
  [description, rule && `${rule[0]!.toUpperCase()}${rule.slice(1)}.`].filter(Boolean).join(' ')

const idOf = (prefix: string) => ({
  pattern: `^${prefix}_[0-9A-Za-z]{24}$`,
  examples: [`${prefix}_00Qq2aZkP1d8mXw5uVbT7cRe`],
})

const finishParameter = (parameter: Parameter, schemas: Components): void => {
  // what has a default may be left out
  if (parameter.schema.default !== undefined) parameter.required = false
  const { description, ...schema } = schemas.finish(parameter.schema)
  parameter.schema = schema
  const text = described(parameter.description, undefined)
  if (text || description) parameter.description = [text, description].filter(Boolean).join(' ')
}

const finishMedia = (media: Media, schemas: Components): void => {
  if (!media.example && !media.examples && media.schema.format !== 'binary')
    media.example = exampleOf(withIds(media.schema))
  media.schema = schemas.finish(media.schema)
}

/** Examples of ids are made of their prefixes. */
const withIds = (schema: Schema): Schema => ({
  ...schema,
  ...(schema['x-id'] ? idOf(schema['x-id'] as string) : {}),
  ...(schema.properties ? { properties: mapped(schema.properties, withIds) } : {}),
  ...(schema.items ? { items: withIds(schema.items) } : {}),
})

/** With the words of the catalogue; what is filled in stays in braces. */
const exampleOfError = (code: ErrorCode) => {
  const inBraces = [...errors[code][1].matchAll(/\{(\w+)\}/g)].map(([all, name]) => [name!, all])
  const sentence = 'name must be a string.'
  const { body } = new ApiError(code, {
    ...Object.fromEntries(inBraces),
    sentence,
    contactId: idOf('ctc').examples[0]!,
  })
  return { value: { ...body, requestId: 'req_f3ZbYkQpWmC7tHs2XnLd' } }
}

const pascal = (code: string) => code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A response for each status, with an example of each error that has it. Equal ones are one component. */
const errorResponses = (
  { errors: codes, isPage }: Known,
  responses: Map<string, Response>,
): Record<string, Response> => {
  const byStatus = Map.groupBy([...new Set(codes)].sort(), (code) => errors[code][0])
  const refs = [...byStatus].map(([status, group]) => {
    const name = group.map(pascal).join('Or') + (isPage ? 'Page' : '')
    const response = errorResponse(status, group)
    if (isPage) response.content!['text/html'] = { schema: { type: 'string' } }
    responses.set(name, response)
    return [String(status), { $ref: `#/components/responses/${name}` }]
  })
  return Object.fromEntries(refs) as Record<string, Response>
}

const errorResponse = (status: number, codes: ErrorCode[]): Response => ({
  description: `${STATUS_CODES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
  headers: refsOf([
    'X-Request-Id',
    ...(status === 429 || status === 503 ? (['Retry-After'] as const) : []),
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
  ]),
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      examples: Object.fromEntries(codes.map((code) => [code, exampleOfError(code)])),
    },
  },
})
