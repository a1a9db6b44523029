import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { newId } from '../../server/db/id.ts'
import { openDatabase } from '../../server/db/open.ts'
import { sql } from '../../server/db/sql.ts'
import { tokenIn } from '../agents.ts'
import { freshFolder } from '../app.ts'
import { freshDatabase } from '../databases.ts'
import { mail } from '../make.ts'
import { command, startServer } from '../process.ts'
import { type Call, callsOf, requestOf } from './calls.ts'
import { collectRoutes, type Route } from './routes.ts'
import { type Ids, missing } from './world.ts'

// Words that must stay where they are: they pass through every route of a real server and every command, and are then
// looked for in all that was printed.

const routes = collectRoutes()
// the server is another process: this app only tells its routes
await buildApp({ db: {} as never, parser: {} as never, config: readConfig({ RATE_LIMIT: 'off' }), log: () => {} })

const word = 'Zq7canary'
const phone = '+49-170-5550917'
const password = `a password with ${word}`

/** So that what needs it fails where nobody has thought of it. */
const loseTable = async (where: { dataDir: string; databaseUrl: string }) => {
  const db = await openDatabase({ ...readConfig({}), ...where }, { role: 'command', onFatal: () => {} })
  await db.transaction((tx) => tx.run(sql`alter table contacts rename to gone`))
  await db.close()
}

/** Everything that a call can be sent with: a wrong key, another workspace, what nobody asked for, and at last as it should be. */
const waysToSend = (route: Route, call: Call, ids: Ids, key: string): { path: string; init: RequestInit }[] => {
  const { method, url: path, body } = requestOf(route, call, ids)
  const authorization = `Bearer ${key}`
  const json = { authorization, 'content-type': 'application/json' }
  const asJson = (value: unknown) => ({ method, headers: json, body: JSON.stringify(value) })
  const full = body && Object.fromEntries(Object.entries(body).map(([name, value]) => [name, secretly(name) ?? value]))
  const right = full ? asJson(full) : { method, headers: { authorization } }
  const wrongBodies = full
    ? [
        asJson({ ...full, unknown: word }),
        asJson([word]),
        { ...asJson(0), body: `{"email":"${word}` },
        { ...asJson(0), headers: { ...json, 'content-encoding': word } },
        { ...asJson(0), headers: { authorization, 'content-type': `text/${word}` } },
      ]
    : []
  return [
    { path, init: { method, headers: { authorization: `${authorization}x` } } },
    { path: path.replace(ids.workspaceId, newId('wrk')), init: { method, headers: { authorization } } },
    { path: `${path}${path.includes('?') ? '&' : '?'}nothing=${word}`, init: right },
    ...wrongBodies.map((init) => ({ path, init })),
    { path, init: right },
    {
      path,
      init: { ...right, headers: { ...asOnPage(ids), ...(full ? { 'content-type': 'application/json' } : {}) } },
    },
  ]
}

const asOnPage = ({ sessionToken }: Pick<Ids, 'sessionToken'>) => ({
  cookie: `session=${sessionToken}`,
  'sec-fetch-site': 'same-origin',
})

const secretly = (name: string): string | undefined => {
  if (name === 'email') return `new${word}@example.com`
  if (name === 'phone') return phone
  if (/password/i.test(name)) return password
  return /^(name|subject|content)/.test(name) ? word : undefined
}

const incoming = mail(
  { From: `${word} <${word}@example.com>`, 'Message-ID': `<${word}@example.com>`, Subject: `About ${word}` },
  `${word} ${phone}`,
)

/** A server with a mail and a contact in it, and the commands beside it; all that they print is kept. */
const setUp = async (t: TestContext) => {
  const { url, drop } = await freshDatabase()
  const dataDir = await freshFolder(t, drop)
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, LOG_LEVEL: 'info' }
  const server = await startServer(t, env)
  const { key, workspaceId, address } = server
  const printed: string[] = []
  const statuses = new Set<number>()
  const run = async (...words: string[]) => {
    const { stdout, stderr } = await command(words, { env })
    printed.push(stdout, stderr)
    return stdout
  }
  const send = async (path: string, init: RequestInit): Promise<any> => {
    const answer = await fetch(address + path, { ...init, redirect: 'manual' })
    statuses.add(answer.status)
    const text = await answer.text()
    if (answer.status >= 400) printed.push(text)
    return String(answer.headers.get('content-type')).startsWith('application/json') && text ? JSON.parse(text) : text
  }
  const files = { mail: join(dataDir, 'one.eml'), people: join(dataDir, 'people.csv') }
  await writeFile(files.mail, incoming)
  await writeFile(files.people, `email,name,phone\nother${word}@example.com,Other ${word},${phone}\n`)
  for (const file of Object.values(files)) await run('import', file, '--workspace', workspaceId)
  const inbox = `/v1/workspaces/${workspaceId}/support/inbox`
  const authorized = { headers: { authorization: `Bearer ${key}` } }
  const [{ id: conversationId, contact }] = (await send(`${inbox}/conversations`, authorized)).conversations.items
  const { thread } = await send(`${inbox}/conversations/${conversationId}/messages`, authorized)
  const messageId = thread.messages.items[0].id
  const token = tokenIn(server.signInUrl!)
  const entered = await fetch(`${address}/v1/invitations/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ password, email: `admin${word}@example.com` }),
  })
  assert.equal(entered.status, 201)
  const sessionToken = /session=(\w+)/.exec(entered.headers.get('set-cookie')!)![1]!
  const ids: Ids = {
    ...missing(),
    token,
    sessionToken,
    workspaceId,
    conversationId,
    contactId: contact.id,
    messageId,
    word,
  }
  return { server, ids, run, send, statuses, printed, loseTable: () => loseTable({ dataDir, databaseUrl: url }) }
}

test('no key, password, session, link, mail, name, address, phone number or search gets into the log, an error or what commands print', async (t) => {
  const { server, ids, run, send, statuses, printed, loseTable } = await setUp(t)
  const { key, workspaceId } = server
  const inTurn = routes.toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'))
  const ways = inTurn.flatMap((route) => callsOf(route, ids).flatMap((call) => waysToSend(route, call, ids, key)))
  for (const { path, init } of ways) await send(path, init)

  const made = await run('keys', 'create', '--workspace', workspaceId, '--scope', 'api_user', '--json')
  // the one that shows it
  printed.splice(printed.indexOf(made), 1)
  const { key: other, id } = JSON.parse(made)
  await run('keys', 'list')
  await run('keys', 'revoke', id)
  await run('keys', 'revoke', other)
  await run('keys', 'list', '--workspace', other)
  await run(other)
  await run('check')

  await loseTable()
  for (const { path, init } of ways.slice(-40)) await send(path, init)
  for (const status of [200, 201, 204, 400, 401, 404, 415, 500]) assert.ok(statuses.has(status), `${status}`)
  assert.equal(await server.stop('SIGTERM'), 0)
  const log = server.texts.stdout.split('\n').filter((line) => line.startsWith('{"time"'))
  assert.ok(log.length > ways.length && log.some((line) => line.includes('"level":"error"')))
  for (const secret of [
    key,
    other,
    key.slice(6, -6),
    ids.sessionToken,
    ids.token,
    word,
    word.toLowerCase(),
    phone,
    phone.slice(-7),
  ])
    for (const text of [...log, ...printed, server.texts.stderr]) assert.ok(!text.includes(secret), text)
  assert.equal(server.texts.stderr, '')
})
