import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { clientOf, startServer } from '../process.ts'
import { aftermath, Ledger } from './ledger.ts'
import { quantile, startLoad } from './load.ts'

const rounds = Number(process.env['KILLS'] ?? 50)

test(
  `F1: killed ${rounds} times under load, nothing acknowledged is lost or doubled, and it is back at once`,
  { timeout: 600_000 },
  async (t) => {
    const dataDir = await freshFolder(t)
    const ledger = new Ledger()
    let server = await startServer(t, { DATA_DIR: dataDir })
    const { key, workspaceId } = server
    const starts: number[] = []
    const total = { writes: 0, milliseconds: 0 }
    for (let round = 0; round < rounds; round++) {
      const load = startLoad({
        t,
        ask: clientOf({ address: server.address, key, workspaceId }),
        ledger,
        clients: 32,
        name: `round${round}n`,
      })
      const begin = performance.now()
      await sleep(200 + Math.random() * 600)
      total.milliseconds += performance.now() - begin
      await server.stop('SIGKILL')
      await load.stop()
      total.writes += load.took.writes.length
      const start = performance.now()
      server = await startServer(t, { DATA_DIR: dataDir })
      starts.push(performance.now() - start)
      const ask = clientOf({ address: server.address, key, workspaceId })
      // what was told last is what could be missing
      for (const [id, content] of [...ledger.contacts].slice(-50)) {
        const { body } = await ask('GET', `/contacts/${id}`)
        assert.equal(`${body.contact?.email} ${body.contact?.name}`, content)
      }
    }
    await server.stop('SIGTERM')
    const rate = Math.round((total.writes / total.milliseconds) * 1000)
    t.diagnostic(
      `${rounds} kills, ${ledger.size} noted, ${rate} writes/s, ready again after ${quantile(starts, 0.5)} ms, at most ${quantile(starts, 1)} ms`,
    )
    assert.deepEqual(await aftermath({ dataDir }, ledger), { losses: [], damages: [] })
    assert.ok(rate >= 500, `${rate} writes/s`)
    assert.ok(quantile(starts, 1) <= 2000, `ready after ${quantile(starts, 1)} ms`)
  },
)
