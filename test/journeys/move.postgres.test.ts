import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freshFolder } from '../app.ts'
import { freshDatabase } from '../databases.ts'
import { mail, mbox, withFiles } from '../make.ts'
import { command, launcher, startServer } from '../process.ts'

const large = `${'Every word of this mail counts. '.repeat(60)}\n`.repeat(1200)

/** An inbox on the embedded database, with a bit of everything; its server has been stopped. */
const makeSource = async (t: TestContext, mails: number) => {
  const folder = await freshFolder(t)
  const env = { DATA_DIR: join(folder, 'data') }
  const server = await startServer(t, env)
  const { key, workspaceId } = server
  const ask = asker(server.address, { key, workspaceId })
  const archive = join(folder, 'archive.mbox')
  const from = (i: number) => ({
    From: `Persön ${i % 37} <person${i % 37}@example.com>`,
    Subject: `Question ${i} about zebras`,
    Date: new Date(Date.UTC(2010, 0, 1) + i * 3_600_000).toUTCString(),
    'Message-ID': `<${i}@example.com>`,
  })
  const written = Array.from({ length: mails }, (_, i) =>
    mail(from(i), i === 7 ? large : `Text ${i} with invoices and 東京都 \\ "quotes" \u{1F993}.`),
  )
  await writeFile(archive, mbox(written))
  await command(['import', archive, '--workspace', workspaceId], { env })
  await ask('/contacts', { email: 'jane@example.com', name: `Jane "\\u0041" Doe`, phone: '+1-555-0123' })
  const [body, headers] = await withFiles(
    { email: 'jane@example.com', subject: 'Your offer', contentText: 'Here it is.' },
    new File([large], 'offer.txt'),
  )
  await fetch(`${server.address}/v1/workspaces/${workspaceId}/support/inbox/conversations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body,
  })
  const agentKey = ['keys', 'create', '--workspace', workspaceId, '--scope', 'user', '--agent', 'Ann', '--json']
  await command(agentKey, { env })
  const second = (await command(['workspaces', 'create', '--name', 'Second', '--json'], { env })).json()
  await command(['keys', 'create', '--workspace', second.id, '--scope', 'api_user'], { env })
  return { folder, env, server, key, workspaceId, ask }
}

const asker =
  (address: string, { key, workspaceId }: { key: string; workspaceId: string }) =>
  async (path: string, body?: object) => {
    const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: answer.status, text: await answer.text() }
  }

/** Everything that can be asked about the inbox; with its ids. */
const everything = async (ask: ReturnType<typeof asker>) => {
  const paths = [
    '/customers?limit=100',
    '/conversations?limit=100&status=CLOSED',
    '/conversations?status=OPEN',
    '/agents',
    ...[
      'zebras',
      'person3',
      'pers%C3%B6n',
      '%E4%BA%AC%E9%83%BD',
      '555-0123',
      'jane@example.com',
      'counts',
      'nowhere',
    ].map((word) => `/search?q=${word}&limit=50`),
  ]
  const answers = []
  for (const path of paths) answers.push([path, (await ask(path)).text])
  const { conversations } = JSON.parse((await ask('/conversations?limit=100&status=CLOSED')).text)
  for (const { id } of conversations.items.slice(0, 60).filter((_: unknown, i: number) => i < 5 || i > 50)) {
    const { text } = await ask(`/conversations/${id}/messages`)
    const [message] = JSON.parse(text).thread.messages.items
    const raw = (await ask(`/conversations/${id}/messages/${message.id}/raw`)).text
    answers.push([id, text, raw])
  }
  const [offer] = JSON.parse((await ask('/conversations?status=OPEN')).text).conversations.items
  // when a reply is tried next is the jobs' to say
  const thread = (await ask(`/conversations/${offer.id}/messages`)).text.replace(
    /"(attempts|lastError|nextAttemptAt)":(\d+|null|"[^"]*")/g,
    '"$1":null',
  )
  const [{ id }] = JSON.parse(thread).thread.messages.items
  return [...answers, thread, (await ask(`/conversations/${offer.id}/messages/${id}/attachments/1`)).text]
}

test('an inbox moves to PostgreSQL with its ids, dates, mails, keys and search, and goes on there', async (t) => {
  const { env, server, key, workspaceId, ask } = await makeSource(t, 60)
  const { url, drop } = await freshDatabase()
  t.after(drop)
  const refused = await command(['move', '--to', url], { env })
  assert.match(refused.stderr, /^Another support-inbox server is already running on /)
  const before = await everything(ask)
  await server.stop('SIGTERM')

  const { code, stderr, json } = await command(['move', '--from', env.DATA_DIR, '--to', url, '--json'])
  assert.equal(code, 0, stderr)
  const { workspaces, api_keys, agents, contacts, messages } = json().moved
  assert.deepEqual([workspaces, api_keys, agents, contacts, messages], [2, 3, 2, 38, 61])

  const there = { DATABASE_URL: url }
  const moved = await startServer(t, there)
  const askThere = asker(moved.address, { key, workspaceId })
  assert.deepEqual(await everything(askThere), before)
  assert.equal((await askThere('/contacts', { email: 'new@example.com' })).status, 201)
  assert.equal((await askThere('/contacts', { email: 'JANE@example.com' })).status, 200)
  assert.match((await askThere('/search?q=new')).text, /new@example\.com/)
  assert.deepEqual((await command(['check', '--json'], { env: there })).json().differences, [])

  const again = await command(['move', '--to', url], { env })
  assert.deepEqual([again.code, again.stderr], [1, 'The target already holds an inbox. Move into an empty database.\n'])
  assert.equal((await askThere('/contacts', { email: 'new@example.com' })).status, 200)
})

test('a move that is killed half-way leaves the source as it was and a target that nobody serves, until it is run again', async (t) => {
  const { env, server, key, workspaceId, ask } = await makeSource(t, 300)
  const { url, drop } = await freshDatabase()
  t.after(drop)
  const before = await everything(ask)
  await server.stop('SIGTERM')
  const target = new pg.Client(url)
  await target.connect()
  t.after(() => target.end().catch(() => {}))
  const rows = async () => Number((await target.query('select count(*) from messages')).rows[0].count)

  const child = spawn(process.execPath, [launcher, 'move', '--to', url], { env: { ...process.env, ...env } })
  while ((await rows()) === 0) await sleep(2)
  child.kill('SIGKILL')
  await once(child, 'close')
  await target.end()

  const half = await command(['serve'], { env: { DATABASE_URL: url } })
  assert.equal(half.code, 1)
  assert.match(half.stderr, /^An inbox is being moved into this database, or the move was stopped half-way: run "npx/)
  const still = await startServer(t, env)
  assert.deepEqual(await everything(asker(still.address, { key, workspaceId })), before)
  await still.stop('SIGTERM')

  const { code, stderr, stdout } = await command(['move', '--to', url], { env })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /messages +301\n[^]*Moved, and equal on both sides\. Start servers with DATABASE_URL/)
  const moved = await startServer(t, { DATABASE_URL: url })
  assert.deepEqual(await everything(asker(moved.address, { key, workspaceId })), before)
  assert.deepEqual((await command(['check', '--json'], { env: { DATABASE_URL: url } })).json().differences, [])
})

test('what cannot be moved is said in one sentence', async (t) => {
  const { DATA_DIR } = { DATA_DIR: join(await freshFolder(t), 'data') }
  for (const [words, sentence] of [
    [['move'], /^--to is needed: postgres:\/\//],
    [['move', '--to', 'mysql://x'], /^--to must begin with postgres:\/\/\. See/],
    [['move', '--to', 'postgres://127.0.0.1:1/x'], /^There is no database in /],
  ] as const)
    assert.match((await command([...words], { env: { DATA_DIR } })).stderr, sentence)
  await command(['workspaces', 'create', '--name', 'First'], { env: { DATA_DIR } })
  const unreachable = await command(['move', '--to', 'postgres://127.0.0.1:1/x'], { env: { DATA_DIR } })
  assert.match(unreachable.stderr, /127\.0\.0\.1:1/)
})
