import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { clientOf } from '../process.ts'
import { aftermath, Ledger } from './ledger.ts'
import { quantile, startLoad } from './load.ts'
import { startMeasuredServer } from './measured.ts'
import { hasStrace, tampering } from './tools.ts'

const delay = 50
const seconds = 10
/** The bars are for a quiet machine; what is asserted leaves room for a busy one. */
const room = 4

test(
  `F5: every sync takes ${delay} ms: reads do not wait for it, and writers share it`,
  { timeout: 300_000 },
  async (t) => {
    if (!hasStrace(t)) return
    const folder = await freshFolder(t)
    const dataDir = join(folder, 'data')
    const under = tampering('fsync,fdatasync', `delay_exit=${delay * 1000}`)
    const server = await startMeasuredServer(t, { dataDir, beside: folder, under })
    const ledger = new Ledger()
    const ask = clientOf(server)
    await server.loopDelay()
    const load = startLoad({ t, ask, ledger, clients: 64, name: 'c' })
    const reads: number[] = []
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      const { status, took } = await ask('GET', '/customers?limit=20')
      assert.equal(status, 200)
      reads.push(took)
      await sleep(5)
    }
    const loop = await server.loopDelay()
    await load.stop()
    const rate = Math.round(load.took.writes.length / seconds)
    const [read, write] = [quantile(reads, 0.99), quantile(load.took.writes, 0.5)]
    t.diagnostic(
      `${rate} writes/s (bar 500), median ${write} ms; read p99 ${read} ms (bar 50); event loop p99 ${loop.p99} ms (bar 20), at most ${loop.most} ms`,
    )
    assert.ok(write >= delay, 'the syncs were not slow')
    assert.ok(rate >= 500 / room && read <= 50 * room && loop.p99 <= 20 * room)
    assert.equal(await server.stop('SIGTERM'), 0)
    assert.deepEqual(await aftermath({ dataDir }, ledger), { losses: [], damages: [] })
  },
)
