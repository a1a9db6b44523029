import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { randomFrom } from '../random.ts'
import { clientOf, command, startServer, type Ask, type Target } from '../process.ts'

// The length in minutes: SOAK_MINUTES=30 for what docs/reliability.md says; a shorter one in npm run test:faults.
const minutes = Number(process.env['SOAK_MINUTES'] ?? 12)
/** After so many the caches are full, and memory must not rise any more. */
const warmUp = Math.min(10, minutes * 0.8)
const clients = 16
/** Milliseconds that a client waits between two requests. */
const pause = 5
const mebibyte = 1024 ** 2

/** Somebody has erased it meanwhile; this process had no processor for longer than a request may take. */
const expected = new Set([404, 408])

interface Known {
  conversationId: string
  contactId: string
}

/** Reads, searches, writes, erasures and streams by chance, as long as it is `wanted`. */
const startClient = (server: Target, { ask, known, failures, wanted }: Load) => {
  const next = randomFrom(Math.floor(Math.random() * 2 ** 31))
  const word = () => next().toString(36).slice(2, 8)
  const one = () => known[Math.floor(next() * known.length)]
  const stream = async () => {
    const path = `${server.address}/v1/workspaces/${server.workspaceId}/support/inbox/events`
    const ending = AbortSignal.timeout(Math.ceil(2000 * next()))
    await fetch(path, { headers: { authorization: `Bearer ${server.key}` }, signal: ending })
      .then((answer) => answer.text())
      .catch(() => {})
  }
  const request = async (kind: number) => {
    const { conversationId, contactId } = one() ?? {}
    if (kind < 0.1 || conversationId === undefined) {
      const content = { email: `${word()}@example.com`, subject: word(), contentText: `${word()} ${word()} invoice` }
      const answer = await ask('POST', '/conversations', content)
      const { conversation, contact } = answer.body
      if (answer.status === 201) known.push({ conversationId: conversation.id, contactId: contact.id })
      if (known.length > 5000) known.shift()
      return answer
    }
    if (kind < 0.3)
      return ask('POST', `/conversations/${conversationId}/messages`, {
        direction: 'INBOUND',
        contentText: `${word()} `.repeat(40),
      })
    if (kind < 0.5) return ask('GET', '/customers?limit=20')
    if (kind < 0.7) return ask('GET', `/search?q=${word().slice(0, 3)}`)
    if (kind < 0.85) return ask('GET', `/conversations/${conversationId}/messages`)
    if (kind < 0.9) return ask('PATCH', `/contacts/${contactId}`, { name: word() })
    if (kind < 0.92) {
      known.splice(
        known.findIndex((each) => each.contactId === contactId),
        1,
      )
      return ask('DELETE', `/contacts/${contactId}`)
    }
    return ask('GET', `/contacts/${contactId}`)
  }
  return (async () => {
    let requests = 0
    for (; wanted(); requests++) {
      const kind = next()
      if (kind > 0.96) void stream()
      else {
        const { status } = await request(kind / 0.96)
        if (status >= 400 && !expected.has(status)) failures.push(status)
      }
      await sleep(pause)
    }
    return requests
  })()
}

interface Load {
  ask: Ask
  known: Known[]
  failures: number[]
  wanted(): boolean
}

test('memory does not rise under hours of mixed load', { timeout: (minutes + 5) * 60_000 }, async (t) => {
  const dataDir = await freshFolder(t)
  const server = await startServer(t, {
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    // as npm start and the unit have it
    NODE_OPTIONS: '--max-semi-space-size=8',
    MALLOC_ARENA_MAX: '2',
  })
  const end = performance.now() + minutes * 60_000
  const load = { ask: clientOf(server), known: [], failures: [] as number[], wanted: () => performance.now() < end }
  const running = Promise.all(Array.from({ length: clients }, () => startClient(server, load)))

  const { pid } = server.child
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
  const begin = performance.now()
  const seen: { minute: number; megabytes: number }[] = []
  while (load.wanted()) {
    await sleep(Math.min(10_000, minutes * 5000))
    const minute = (performance.now() - begin) / 60_000
    seen.push({ minute, megabytes: memory() })
    const files = readdirSync(`/proc/${pid}/fd`).length
    const log = statSync(join(dataDir, 'support-inbox.db-wal')).size / mebibyte
    if (seen.length % 6 === 0)
      t.diagnostic(
        `${minute.toFixed(0)} min: ${memory().toFixed(0)} MB, ${files} descriptors, log ${log.toFixed(0)} MB`,
      )
    assert.ok(files < 300 && log < 100, `${files} descriptors, log ${log} MB`)
  }
  const requests = (await running).reduce((sum, n) => sum + n, 0)
  // the middle of a few looks: garbage comes and goes
  const median = (from: number, to: number) =>
    seen
      .filter(({ minute }) => minute >= from && minute <= to)
      .map(({ megabytes }) => megabytes)
      .toSorted((a, b) => a - b)
      .at(Math.floor(seen.filter(({ minute }) => minute >= from && minute <= to).length / 2))!
  const [warm, last] = [median(warmUp * 0.9, warmUp * 1.1), median(minutes * 0.95, Infinity)]
  const most = Math.max(...seen.map(({ megabytes }) => megabytes))
  t.diagnostic(
    `${requests} requests; ${warm.toFixed(0)} MB after ${warmUp} min, ${last.toFixed(0)} at the end, ${most.toFixed(0)} at most`,
  )
  assert.deepEqual(load.failures, [])
  assert.doesNotMatch(server.texts.stdout, /"level":"error".*"requestId"/)
  assert.ok(most <= 220, `${most} MB`)
  assert.ok(last <= warm * 1.05, `${warm} MB after ${warmUp} minutes, ${last} MB at the end`)
  assert.equal(await server.stop('SIGTERM'), 0)
  assert.deepEqual((await command(['check', '--json'], { env: { DATA_DIR: dataDir } })).json().differences, [])
})
