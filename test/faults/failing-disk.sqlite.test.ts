import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { type Ask, clientOf, startServer } from '../process.ts'
import { aftermath, Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { hasStrace, tampering } from './tools.ts'

// F4: strace makes a system call of the server fail. It counts the calls of each thread; our fdatasync has one thread.

/** A folder that a server has used, to be copied for each fault. */
const usedFolder = async (t: TestContext) => {
  const folder = await freshFolder(t)
  const used = join(folder, 'used')
  const server = await startServer(t, { DATA_DIR: used })
  const ledger = new Ledger()
  await startLoad({ t, ask: clientOf(server), ledger, clients: 8, name: 'before', requests: 200 }).done
  await server.stop('SIGTERM')
  const { key, workspaceId } = server
  const copy = async (name: string) => {
    await cp(used, join(folder, name), { recursive: true })
    return join(folder, name)
  }
  return { copy, key, workspaceId, noted: ledger }
}

/** Notes whether a write that was sent after one had been refused was acknowledged. */
const watching = (ask: Ask) => {
  const seen = { refusedAt: Infinity, acknowledgedLater: 0 }
  const watched: Ask = async (method, path, body) => {
    const begin = performance.now()
    const answer = await ask(method, path, body)
    if (answer.status === 503) seen.refusedAt = Math.min(seen.refusedAt, performance.now())
    else if (method !== 'GET' && begin > seen.refusedAt) seen.acknowledgedLater += 1
    return answer
  }
  return { watched, seen }
}

interface Fault {
  name: string
  call: string
  /** As strace's `inject` takes it. */
  what: string
}

/** A server with this fault under load; resolves when it has ended, or after a while. */
const suffer = async (t: TestContext, used: Awaited<ReturnType<typeof usedFolder>>, { name, call, what }: Fault) => {
  const dataDir = await used.copy(name)
  const ledger = used.noted.copy()
  const env = { DATA_DIR: dataDir, UV_THREADPOOL_SIZE: '1' }
  const server = await startServer(t, env, tampering(call, what)).catch((error: Error) => error)
  if (server instanceof Error) return { dataDir, ledger, refusal: server.message }
  const { key, workspaceId } = used
  const { watched, seen } = watching(clientOf({ address: server.address, key, workspaceId }))
  const load = startLoad({ t, ask: watched, ledger, clients: 8, name })
  let wasReadyLater = false
  const started = performance.now()
  /** Enough was written or refused; a server whose sync failed is waited for. */
  const isOver = () => {
    const milliseconds = performance.now() - started
    const isRefusing = seen.refusedAt !== Infinity
    const isEnough = isRefusing ? call === 'pwrite64' : load.took.writes.length > 300
    return server.child.exitCode !== null || milliseconds > 60_000 || (isEnough && milliseconds > 1500)
  }
  while (!isOver()) {
    const begin = performance.now()
    const ready = await fetch(`${server.address}/readyz`).catch(() => undefined)
    if (ready?.status === 200 && begin > seen.refusedAt) wasReadyLater = true
    await sleep(5)
  }
  const isUp = server.child.exitCode === null
  const late = await watched('POST', '/contacts', { email: 'late@example.com' }).catch(() => undefined)
  await load.stop()
  const exitCode = isUp ? undefined : server.child.exitCode
  await server.stop('SIGKILL')
  return {
    dataDir,
    ledger,
    seen,
    wasReadyLater,
    recovered: late?.status === 201,
    exitCode,
    stderr: server.texts.stderr,
    statuses: load.statuses,
  }
}

const counts = (most: number) => Array.from({ length: most }, (_, i) => i + 1)

const stopping = String.raw`Stopping: the disk failed to keep what was written \(.+\)\. Nothing was acknowledged since\.\n`
const lastLine = new RegExp(`^${stopping}$`)
/** Of a start: while the database is opened, or with what waits to be done from before. */
const refused = new RegExp(String.raw`cannot be opened for writing: disk I\/O error|: ${stopping}`)

test(
  'F4: a sync fails: nobody is told anything after it, the server says why and ends, and nothing is lost',
  { timeout: 1_800_000 },
  async (t) => {
    if (!hasStrace(t)) return
    const used = await usedFolder(t)
    const faults = [
      ...counts(12).map((n) => ({ call: 'fdatasync', what: `error=EIO:when=${n}` })),
      ...[1, 5].map((n) => ({ call: 'fdatasync', what: `error=EIO:when=${n}+` })),
      ...counts(6).map((n) => ({ call: 'fsync', what: `error=EIO:when=${n}` })),
      ...[1, 3].map((n) => ({ call: 'fsync', what: `error=EIO:when=${n}+` })),
    ]
    let ended = 0
    for (const [i, fault] of faults.entries()) {
      const where = `${fault.call} ${fault.what}`
      const after = await suffer(t, used, { name: `${fault.call}${i}`, ...fault })
      assert.deepEqual(await aftermath(after, after.ledger), { losses: [], damages: [] }, where)
      if (after.refusal !== undefined) assert.match(after.refusal, refused, where)
      else if (after.exitCode === undefined)
        assert.equal(after.statuses.get(503), undefined, `${where}: it did not end`)
      else {
        assert.deepEqual([after.exitCode, after.seen.acknowledgedLater, after.wasReadyLater], [1, 0, false], where)
        assert.match(after.stderr, lastLine, where)
        ended += 1
      }
    }
    t.diagnostic(`${faults.length} faults: ${ended} ended the server, 0 lost anything`)
    assert.ok(ended >= 12, `only ${ended} of ${faults.length} faults were met`)
  },
)

test(
  'F4: a write fails: it is refused, what was told stays, and when the disk takes writes again so does the server',
  { timeout: 1_800_000 },
  async (t) => {
    if (!hasStrace(t)) return
    const used = await usedFolder(t)
    const faults = ['EIO', 'ENOSPC'].flatMap((error) => [
      ...counts(8).map((n) => ({ what: `error=${error}:when=${n * n}`, isForEver: false })),
      ...[1, 40].map((n) => ({ what: `error=${error}:when=${n}+`, isForEver: true })),
    ])
    const refusals = { starts: 0, requests: 0 }
    for (const [i, { what, isForEver }] of faults.entries()) {
      const after = await suffer(t, used, { name: `write${i}`, call: 'pwrite64', what })
      assert.deepEqual(await aftermath(after, after.ledger), { losses: [], damages: [] }, what)
      if (after.refusal === undefined) {
        assert.deepEqual([after.exitCode, after.recovered, after.stderr], [undefined, !isForEver, ''], what)
        refusals.requests += after.statuses.get(503) ?? 0
      } else refusals.starts += 1
    }
    t.diagnostic(
      `${faults.length} faults: ${refusals.starts} starts and ${refusals.requests} requests refused, 0 lost anything`,
    )
    assert.ok(refusals.requests > faults.length)
  },
)
