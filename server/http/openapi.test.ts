import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { startApp } from '../../test/app.ts'
import { errors } from '../errors.ts'
import type { Document, Schema } from './openapi-document.ts'

const documentOf = async (t: TestContext): Promise<Document> => {
  const { app } = await startApp(t)
  return (await app.inject({ url: '/openapi.json' })).json()
}

const operationsOf = ({ paths }: Document) => Object.values(paths).flatMap((methods) => Object.values(methods))

/** Everything in the document that is an object. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Record<string, unknown>
  for (const each of Object.values(value)) yield* objectsIn(each)
}

test('no parameter with a default is required', async (t) => {
  const parameters = operationsOf(await documentOf(t)).flatMap((operation) => operation.parameters ?? [])
  const preset = parameters.filter(({ schema }) => schema.default !== undefined)
  assert.ok(preset.length >= 14)
  assert.deepEqual(
    preset.filter(({ required }) => required),
    [],
  )
})

test('every operation and parameter is described', async (t) => {
  for (const { operationId, parameters = [], ...operation } of operationsOf(await documentOf(t))) {
    const { summary, description } = operation as { summary?: string; description?: string }
    assert.ok(summary && description, operationId)
    for (const { name, description: text } of parameters) assert.ok(text, `${operationId}: ${name}`)
  }
})

test('objects of the product, and every closed set of values, are named schemas', async (t) => {
  const { components, paths } = await documentOf(t)
  for (const name of ['Contact', 'Conversation', 'Message', 'Channel', 'Agent', 'Error', 'SavedReply', 'Customer'])
    assert.equal(components.schemas[name]?.type, 'object', name)
  assert.deepEqual(components.schemas['ErrorCode']?.enum, Object.keys(errors))
  for (const { items, properties } of objectsIn(paths)) {
    // a list of things in an answer, and a thing with an id, has a name
    if (items) assert.notEqual((items as Schema).type, 'object')
    if (Object.keys((properties as object) ?? {}).length > 3)
      assert.fail(`without a name: ${JSON.stringify(properties)}`)
  }
})

test('every id has the pattern of its kind', async (t) => {
  const { components } = await documentOf(t)
  for (const [name, schema] of Object.entries(components.schemas))
    for (const { properties = {} } of objectsIn(schema) as Iterable<Schema>)
      for (const [field, { type, pattern }] of Object.entries(properties))
        if (/^id$|Id$/.test(field) && type !== undefined && !/^(request|client|visitor|external)Id$/.test(field))
          assert.match(
            pattern ?? '',
            /^\^((\w{3}|\(key\|ses\))_\[0-9A-Za-z\]\{24\}\$$|\[0-9A-Za-z_-\])/,
            `${name}.${field}`,
          )
})

test('every operation takes one type of body, with an example that it would take', async (t) => {
  const document = await documentOf(t)
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(document, 'document')
  const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, { operationId, requestBody, responses }] of Object.entries(methods)) {
      const bodies = Object.keys(requestBody?.content ?? {})
      assert.ok(bodies.length <= 1, operationId)
      const places = [
        ...bodies.map((type) => [`requestBody`, type, requestBody!.content[type]!] as const),
        ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
          Object.entries(content).map(([type, media]) => [`responses/${status}`, type, media] as const),
        ),
      ].filter(([, type]) => type === 'application/json')
      for (const [place, type, { example }] of places) {
        const $ref = `document#/paths/${escaped(path)}/${method}/${place}/content/${escaped(type)}/schema`
        const validate = ajv.compile({ $ref })
        assert.ok(validate(example), `${operationId} ${place}: ${ajv.errorsText(validate.errors)}`)
      }
    }
})
