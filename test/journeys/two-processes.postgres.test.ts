import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { limits } from '../../server/limits.ts'
import { freshFolder } from '../app.ts'
import { freshDatabase } from '../databases.ts'
import { mail, mbox } from '../make.ts'
import { command, startServer } from '../process.ts'

const setUp = async (t: test.TestContext, settings: Record<string, string> = {}) => {
  const { url, drop } = await freshDatabase()
  const folder = await freshFolder(t)
  // on a slow machine a crowd waits longer than a second for its turn
  const patience = { DATABASE_CONNECTION_TIMEOUT: '30000', DATABASE_STATEMENT_TIMEOUT: '30000' }
  const env = { DATABASE_URL: url, DATA_DIR: join(folder, 'never-made'), ...patience, ...settings }
  const servers = await Promise.all([startServer(t, env), startServer(t, env)])
  t.after(async () => {
    for (const server of servers) await server.stop('SIGTERM')
    await drop()
  })
  const { key, workspaceId } = servers.find((server) => server.key !== '')!
  const ask = async (server: number, path: string, options: { key?: string; body?: unknown; once?: string } = {}) => {
    const answer = await fetch(`${servers[server]!.address}/v1/workspaces/${workspaceId}/support/inbox${path}`, {
      method: options.body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${options.key ?? key}`,
        'content-type': 'application/json',
        ...(options.once ? { 'idempotency-key': options.once } : {}),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) }
  }
  return { env, folder, servers, workspaceId, ask }
}

test('two processes start at once on one database: one of them makes a workspace, and neither touches DATA_DIR', async (t) => {
  const { servers, env } = await setUp(t)
  assert.equal(servers.filter(({ key }) => key !== '').length, 1)
  assert.match(servers[1].data, /^postgres:\/\/127\.0\.0\.1:\d+\/test_/)
  const { workspaces } = (await command(['workspaces', 'list', '--json'], { env })).json()
  assert.equal(workspaces.length, 1)
  const backup = await command(['backup', 'x.db'], { env })
  assert.match(backup.stderr, /^The database is PostgreSQL: back it up with pg_dump/)
})

test('200 simultaneous creates of one address through both make one contact and 200 equal ids', async (t) => {
  const { ask } = await setUp(t)
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      ask(i % 2, '/contacts', { body: { email: i % 3 ? 'Jane@example.com' : 'jane@EXAMPLE.com' } }),
    ),
  )
  assert.equal(new Set(answers.map(({ body }) => body.contact?.id)).size, 1)
  assert.deepEqual(
    [answers.filter(({ status }) => status === 201).length, answers.filter(({ status }) => status === 200).length],
    [1, 199],
  )
})

test('200 simultaneous retries through both have one effect and byte-identical answers', async (t) => {
  const { ask, env, workspaceId } = await setUp(t)
  const { body } = await ask(0, '/conversations', {
    body: { email: 'jane@example.com', subject: 'x', contentText: 'first' },
  })
  const path = `/conversations/${body.conversation.id}/messages`
  const post = (_: unknown, i: number) => ask(i % 2, path, { body: { contentText: 'Once' }, once: 'order-7' })
  const answers = await Promise.all(Array.from({ length: 200 }, post))
  assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
  assert.equal(answers.filter(({ headers }) => !headers.has('idempotent-replayed')).length, 1)
  assert.equal((await ask(0, path)).body.thread.messages.items.length, 2)

  // somebody else is at it for longer than anybody waits
  const { keys } = (await command(['keys', 'list', '--workspace', workspaceId, '--json'], { env })).json()
  const holder = new pg.Client(env.DATABASE_URL)
  await holder.connect()
  await holder.query('select pg_advisory_lock(hashtextextended($1, 0))', [`${keys[0].id} order-8`])
  const begin = performance.now()
  const late = await ask(1, path, { body: { contentText: 'Once' }, once: 'order-8' })
  assert.deepEqual([late.status, late.body.code], [409, 'request_running'])
  assert.ok(performance.now() - begin >= 4900)
  const patient = ask(1, path, { body: { contentText: 'Once' }, once: 'order-8' })
  await sleep(100)
  await holder.end()
  assert.equal((await patient).status, 201)
})

test('a key has its rate from both processes together, to within a second or two', async (t) => {
  const { ask } = await setUp(t, { RATE_LIMIT: '60' })
  const left = async (server: number) =>
    Number(/r=(\d+)/.exec((await ask(server, '/agents')).headers.get('ratelimit') ?? '')?.[1])
  // each has told of itself before anything is asked of it
  await sleep(1500)
  assert.equal(await left(1), 59)
  const statuses = await Promise.all(Array.from({ length: 70 }, async () => (await ask(0, '/agents')).status))
  assert.deepEqual([statuses.filter((status) => status === 200).length >= 58, statuses.includes(429)], [true, true])
  const begin = performance.now()
  while ((await left(1)) > 30) {
    assert.ok(performance.now() - begin < 20_000, 'the other process has not heard of it')
    await sleep(200)
  }
  t.diagnostic(`the other knew after ${Math.round(performance.now() - begin)} ms`)
})

test('posts of a form are counted by both processes together', async (t) => {
  const { ask, servers } = await setUp(t)
  const { body } = await ask(0, '/channels', { body: { kind: 'FORM', name: 'Contact us' } })
  const post = async (server: number, message: string) => {
    const { status } = await fetch(`${servers[server]!.address}/forms/${body.channel.id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'jane@example.com', message }),
    })
    return status
  }
  // each has told of itself before anything is asked of it
  await sleep(1500)
  for (let i = 0; i < limits.formPostsOfAddress; i++) await post(0, `${i}`)
  // alone it would take as many
  let taken = 0
  for (; (await post(1, `and ${taken}`)) === 201; taken++) await sleep(1000)
  t.diagnostic(`the other took ${taken} more`)
  assert.ok(taken < limits.formPostsOfAddress)
})

test('many messages at once to one conversation through both are all there and counted', async (t) => {
  const { ask, env } = await setUp(t)
  const { body } = await ask(0, '/conversations', {
    body: { email: 'jane@example.com', subject: 'x', contentText: 'first' },
  })
  const written = await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      ask(i % 2, `/conversations/${body.conversation.id}/messages`, {
        body: { contentText: `number ${i}`, direction: 'INBOUND' },
      }),
    ),
  )
  assert.deepEqual([...new Set(written.map(({ status }) => status))], [201])
  const [{ latestThread }] = (await ask(1, '/customers')).body.customers.items
  assert.equal(latestThread.unreadCount, 120)
  assert.deepEqual((await command(['check', '--json'], { env })).json().differences, [])
})

test('a key revoked through one stops in the other within a second', async (t) => {
  const { ask, env, workspaceId } = await setUp(t)
  const made = (
    await command(['keys', 'create', '--workspace', workspaceId, '--scope', 'api_user', '--json'], { env })
  ).json()
  assert.equal((await ask(1, '/agents', { key: made.key })).status, 200)
  await command(['keys', 'revoke', made.id], { env })
  await sleep(500)
  for (const server of [0, 1]) assert.equal((await ask(server, '/agents', { key: made.key })).status, 401)
})

test('two processes serve what a third imports, with the answers that SQLite gives', async (t) => {
  const { ask, env, folder, workspaceId } = await setUp(t)
  const archive = join(folder, 'archive.mbox')
  const mails = Array.from({ length: 300 }, (_, i) =>
    mail(
      {
        From: `Person ${i % 37} <person${i % 37}@example.com>`,
        Subject: `Question ${i % 50} about zebras`,
        Date: new Date(Date.UTC(2010, 0, 1) + i * 3_600_000).toUTCString(),
        'Message-ID': `<${i}@example.com>`,
        ...(i % 4 === 0 ? { References: `<${i % 40}@example.com>` } : {}),
      },
      `Text ${i} with invoices, déliveries and 東京都.`,
    ),
  )
  await writeFile(archive, mbox(mails))
  const imported = (await command(['import', archive, '--workspace', workspaceId, '--json'], { env })).json()
  assert.deepEqual([imported.stored, imported.failed], [300, 0])

  const local = { DATA_DIR: join(folder, 'local') }
  const embedded = await startServer(t, local)
  const { key: localKey, workspaceId: localWorkspace } = embedded
  await command(['import', archive, '--workspace', localWorkspace], { env: local })
  const askLocal = async (path: string) =>
    (await (
      await fetch(`${embedded.address}/v1/workspaces/${localWorkspace}/support/inbox${path}`, {
        headers: { authorization: `Bearer ${localKey}` },
      })
    ).json()) as object

  // ids and cursors are each database's own
  const plain = (body: object) => JSON.stringify(body).replace(/"(id|conversationId|cursor)":"[^"]*"/g, '"$1":""')
  for (const path of [
    '/customers?limit=100',
    '/conversations?limit=100&status=CLOSED',
    '/search?q=zebras&limit=50',
    '/search?q=person3&limit=50',
    '/search?q=d%C3%A9liv&limit=50',
    '/search?q=%E4%BA%AC%E9%83%BD&limit=50',
  ])
    for (const server of [0, 1]) assert.equal(plain((await ask(server, path)).body), plain(await askLocal(path)), path)
})
