import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../../server/app.ts'
import { createChannel } from '../../server/channels/change.ts'
import { readConfig } from '../../server/config.ts'
import { migrate } from '../../server/db/migrate.ts'
import { sql } from '../../server/db/sql.ts'
import { openSqlite } from '../../server/db/sqlite.ts'
import { openWalFile } from '../../server/db/wal-file.ts'
import { startSmtp } from '../../server/email/smtp.ts'
import { readRaw } from '../../server/messages/raw.ts'
import { createMailParser } from '../../server/mime/parser.ts'
import { createWorkspace } from '../../server/workspaces/queries.ts'
import { freshFolder } from '../app.ts'
import { mail } from '../make.ts'
import { startServer } from '../process.ts'
import { deliver } from '../smtp.ts'

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The n-th mail of a test, from a person of its own; every eighth is so large that it is stored ahead of its message. */
const numbered = (n: number): Buffer =>
  mail(
    {
      From: `Person ${n} <person${n}@example.org>`,
      Subject: `Number ${n}`,
      'Message-ID': `<${n}@example.org>`,
      ...(n % 7 === 0 ? { 'Content-Type': 'multipart/mixed' } : {}),
    },
    `Text ${n}\r\n`.repeat(n % 8 === 0 ? 40_000 : 20),
  )

const start = async (t: TestContext, dataDir: string) => {
  const server = await startServer(t, { DATA_DIR: dataDir, SMTP_PORT: '0' })
  return { ...server, to: { port: server.smtpPort, to: 'help@example.com' } }
}

const clientOf = (address: string, workspaceId: string, key: string) => {
  const url = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const headers = { authorization: `Bearer ${key}` }
  const json = { ...headers, 'content-type': 'application/json' }
  return {
    get: async (path: string) => (await fetch(url + path, { headers })).json() as any,
    bytes: async (path: string) => Buffer.from(await (await fetch(url + path, { headers })).arrayBuffer()),
    post: async (path: string, body: object) =>
      (await fetch(url + path, { method: 'POST', headers: json, body: JSON.stringify(body) })).status,
  }
}

/** Hashes of the raw mails that the server holds, by subject; fails where there is one twice. */
const held = async (client: ReturnType<typeof clientOf>): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  for (let cursor = ''; ;) {
    const { conversations } = await client.get(`/conversations?limit=100${cursor}`)
    for (const { id, subject } of conversations.items) {
      assert.ok(!found.has(subject), `${subject} is there twice`)
      const { thread } = await client.get(`/conversations/${id}/messages`)
      assert.equal(thread.messages.items.length, 1)
      found.set(subject, hashOf(await client.bytes(`/conversations/${id}/messages/${thread.messages.items[0].id}/raw`)))
    }
    if (!conversations.hasMore) return found
    cursor = `&cursor=${conversations.cursor}`
  }
}

test('F23: killed again and again while mail arrives: what was answered 250 is there, once, byte for byte', async (t) => {
  const dataDir = await freshFolder(t)
  let server = await start(t, dataDir)
  const { workspaceId, key } = server
  const channel = { kind: 'EMAIL', name: 'Help', email: 'help@example.com' }
  assert.equal(await clientOf(server.address, workspaceId, key).post('/channels', channel), 201)
  const acknowledged = new Set<number>()
  let next = 0
  let repeated = 0
  const state = { isDone: false }
  const sender = async () => {
    while (!state.isDone) {
      const n = (next += 1)
      // as a mail system does: again until it is told 250
      while (!acknowledged.has(n))
        await deliver({ ...server.to, raw: numbered(n) }).then(
          () => acknowledged.add(n),
          () => {
            repeated += 1
            return sleep(50)
          },
        )
    }
  }
  t.after(() => (state.isDone = true))
  const senders = Array.from({ length: 6 }, sender)
  const rounds = 4
  for (let round = 0; round < rounds; round++) {
    const before = acknowledged.size
    while (acknowledged.size < before + 5) await sleep(5)
    await sleep(randomInt(300))
    await server.stop('SIGKILL')
    server = await start(t, dataDir)
  }
  state.isDone = true
  await Promise.all(senders)
  const found = await held(clientOf(server.address, workspaceId, key))
  for (const n of acknowledged) assert.equal(found.get(`Number ${n}`), hashOf(numbered(n)), `number ${n}`)
  assert.equal(found.size, next)
  t.diagnostic(`${acknowledged.size} mails, ${rounds} kills, ${repeated} deliveries tried again, 0 lost, 0 doubled`)
})

test('F23: a full disk is 452 and loses nothing; reads go on, and so does mail when there is room', async (t) => {
  const dataDir = await freshFolder(t)
  const server = await start(t, dataDir)
  const client = clientOf(server.address, server.workspaceId, server.key)
  await client.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  await deliver({ ...server.to, raw: numbered(1) })
  const roomFor = (bytes: string) =>
    execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes}:unlimited`])
  // no file may grow beyond a page: to SQLite the same as a disk that takes no more
  roomFor('4096')
  for (const n of [2, 8])
    await assert.rejects(deliver({ ...server.to, raw: numbered(n) }), (error: any) => error.responseCode === 452)
  assert.equal((await held(client)).size, 1)
  roomFor('unlimited')
  for (const n of [2, 8]) assert.match(await deliver({ ...server.to, raw: numbered(n) }), /^250/)
  const found = await held(client)
  for (const n of [1, 2, 8]) assert.equal(found.get(`Number ${n}`), hashOf(numbered(n)))
  assert.equal(found.size, 3)
})

test('F23: after a sync has failed no mail is answered 250, and what was answered before is there', async (t) => {
  let isFailing = false
  const closing: (() => Promise<void>)[] = []
  const dataDir = await freshFolder(t, async () => void (await Promise.all(closing.map((close) => close()))))
  const fatal: Error[] = []
  const open = () =>
    openSqlite({
      dataDir,
      role: 'server',
      onFatal: (error) => void fatal.push(error),
      openWal: (file) => {
        const wal = openWalFile(file)
        return { ...wal, sync: () => (isFailing ? Promise.reject(new Error('EIO: i/o error, fdatasync')) : wal.sync()) }
      },
    })
  const db = open()
  await migrate(db)
  const parser = createMailParser()
  const app = await buildApp({ db, parser, config: readConfig({}), log: () => {} })
  const smtp = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls: undefined })
  const { id } = await db.transaction(async (tx) => {
    const workspace = await createWorkspace(tx, 'Support')
    await createChannel(tx, workspace.id, { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
    return workspace
  })
  const to = { port: smtp.port, to: 'help@example.com' }
  await deliver({ ...to, raw: numbered(1) })
  isFailing = true
  await assert.rejects(deliver({ ...to, raw: numbered(2) }), (error: any) => error.responseCode === 452)
  isFailing = false
  await assert.rejects(deliver({ ...to, raw: numbered(3) }), (error: any) => error.responseCode === 452)
  assert.equal(fatal.length, 1)
  await Promise.all([smtp.close(), app.close()])
  parser.close()
  await db.close()

  const again = open()
  closing.push(() => again.close())
  const first = await again.one<{ id: string }>(sql`select id from messages order by seq limit 1`)
  assert.equal(hashOf((await readRaw(again, id, first!.id))!), hashOf(numbered(1)))
})
