import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { Document, Operation } from '../server/http/openapi-document.ts'
import { freshFolder, startApp } from './app.ts'

const page = await readFile(join(import.meta.dirname, '../docs/api.md'), 'utf8')
const prefix = '/v1/workspaces/{workspaceId}/support/inbox'

interface Named extends Operation {
  method: string
  path: string
  summary: string
}

const operationsOf = ({ paths }: Document): Named[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...(operation as Named),
      method: method.toUpperCase(),
      path: path.replace(prefix, ''),
    })),
  )

const scopeOf = ({ security = [] }: Named) => security[0]?.['key']?.join(', ') ?? ''

test('the page has a row for every operation, and no other', async (t) => {
  const { app } = await startApp(t)
  const operations = operationsOf((await app.inject({ url: '/openapi.json' })).json())
  const rows = operations.map((each) => `| \`${each.method} ${each.path}\` | ${each.summary} | ${scopeOf(each)} |`)
  const written = page.split('\n').filter((line) => /^\| `(GET|POST|PUT|PATCH|DELETE) \//.test(line))
  assert.deepEqual(written.toSorted(), rows.toSorted())
})

test('every example of an answer on the page is as the operation before it answers', async (t) => {
  const { app } = await startApp(t)
  const document: Document = (await app.inject({ url: '/openapi.json' })).json()
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(document, 'document')
  let path = ''
  let compared = 0
  for (const [, line, example] of page.matchAll(/^`GET ([^`?\s]+)|^```json\n([^]*?)^```/gm)) {
    if (line) path = line.replaceAll(/\{(id|\w+Id)\}/g, '{}')
    if (!example) continue
    const found = Object.keys(document.paths).find(
      (each) => each.replace(prefix, '').replaceAll(/\{\w+\}/g, '{}') === path && 'get' in document.paths[each]!,
    )
    assert.ok(found, `no operation has the path ${path}`)
    const escaped = encodeURIComponent(found.replaceAll('/', '~1'))
    const validate = ajv.compile({
      $ref: `document#/paths/${escaped}/get/responses/200/content/application~1json/schema`,
    })
    assert.ok(validate(JSON.parse(example)), `${path}: ${ajv.errorsText(validate.errors)}`)
    compared += 1
  }
  assert.ok(compared >= 6)
})

test('every command on the page does what it says', async (t) => {
  const { app, inbox } = await startApp(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const { secret } = await inbox.as({ scope: 'api_user' })
  const { body } = await inbox.post('/conversations', { email: 'bob@example.com', subject: 'Order', contentText: 'Hi' })
  const file = await inbox.post('/files?name=terms.pdf', Buffer.from('%PDF'))
  const cwd = await freshFolder(t)
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, text]) => text!)
  assert.ok(blocks.length >= 5)
  const env = {
    ...process.env,
    INBOX: `${url}/v1/workspaces/${inbox.workspaceId}/support/inbox`,
    KEY: `Authorization: Bearer ${secret}`,
    CONTACT: body.contact.id,
    CONVERSATION: body.conversation.id,
    FILE: file.body.file.id,
  }
  const script = `curl() { command curl --silent --show-error --fail-with-body "$@"; echo; }; echo '%PDF' > invoice.pdf`
  for (const block of blocks)
    await promisify(execFile)('bash', ['-euc', `${script}; ${block}`], { cwd, env }).catch(
      (error: Error & { stdout: string }) => assert.fail(`${block}${error.stdout}${error.message}`),
    )
})
