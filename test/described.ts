import { subscribe } from 'node:diagnostics_channel'
import type { TestContext } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

interface Answer {
  content?: Record<string, unknown>
}

interface Document {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Answer & { $ref?: string }> }>>
  components: { responses: Record<string, Answer & { content: Record<string, { examples: object }> }> }
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
const validators = new Map<string, ValidateFunction>()
let document: Document | undefined

/** What an app answers that its description does not say, in words. */
const wrong = new WeakMap<FastifyInstance, string[]>()

// every app that is built in this process: no test can forget it
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const found: string[] = []
  wrong.set(fastify, found)
  const bodies = new WeakMap<FastifyReply, unknown>()
  fastify.addHook('onSend', async (_request, reply, body) => void bodies.set(reply, body))
  fastify.addHook('onResponse', async (request, reply) => {
    const problem = problemOf(fastify, request, { reply, body: bodies.get(reply) })
    if (problem) found.push(problem)
  })
})

/** Fails the test at its end where an answer of the app was not as the description says. */
export const assertDescribed = (t: TestContext, app: FastifyInstance): void =>
  t.after(() => {
    const found = wrong.get(app)!
    if (found.length > 0) throw new Error(`Not as /openapi.json says: ${[...new Set(found)].join('\n')}`)
  })

const problemOf = (
  app: FastifyInstance,
  { routeOptions, method, url }: FastifyRequest,
  { reply, body }: { reply: FastifyReply; body: unknown },
): string | undefined => {
  const { operationId } = (routeOptions.schema ?? {}) as { operationId?: string }
  if (operationId === undefined) return undefined
  const { statusCode } = reply
  const where = `${method} ${url} (${operationId}) answered ${statusCode}`
  const found = answerOf(app, operationId, statusCode)
  if (!found) return `${where}, which is not described`
  const type = String(reply.getHeader('content-type') ?? '').split(';')[0]!
  if (typeof body !== 'string' || body === '' || method === 'HEAD' || [204, 304].includes(statusCode)) return undefined
  if (!found.answer.content?.[type]) return `${where} with ${type}, which is not described`
  if (type !== 'application/json') return undefined
  const value = JSON.parse(body) as { code?: string }
  const validate = validatorOf(found.pointer)
  if (!validate(value)) return `${where}: ${ajv.errorsText(validate.errors)}: ${body.slice(0, 300)}`
  const { examples } = found.answer.content[type] as { examples?: object }
  if (statusCode >= 400 && !Object.hasOwn(examples ?? {}, value.code ?? ''))
    return `${where} with the code ${value.code}`
  return undefined
}

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

/** Where the description has the answer of an operation with a status. */
const answerOf = (app: FastifyInstance, operationId: string, status: number) => {
  if (!document) {
    document = (app as unknown as { swagger(): Document }).swagger()
    ajv.addSchema(document, 'document')
  }
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId !== operationId) continue
      const answer = operation.responses[status]
      const { $ref } = answer ?? {}
      if ($ref) return { answer: document.components.responses[$ref.split('/').at(-1)!]!, pointer: $ref }
      return answer && { answer, pointer: `#/paths/${escaped(path)}/${method}/responses/${status}` }
    }
  return undefined
}

const validatorOf = (pointer: string): ValidateFunction => {
  const $ref = `document${encodeURI(pointer)}/content/application~1json/schema`
  const known = validators.get($ref) ?? ajv.compile({ $ref })
  validators.set($ref, known)
  return known
}
