import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { canMount, fill, mountedFolder } from '../../test/faults/tools.ts'
import { createMetrics } from '../metrics/metrics.ts'

test('a server on a full disk is not ready, and ready again when it can write', async (t) => {
  if (!canMount(t)) return
  const { dataDir } = await mountedFolder(t, () => ['-t', 'tmpfs', '-o', 'size=32m', 'none'])
  const { ask, inbox, db, close } = await startApp(t, { dataDir })
  t.after(close)
  const ready = async () => (await ask('GET', '/readyz')).status
  const write = async (n: number) => (await inbox.post('/contacts', { email: `c${n}@example.com` })).status
  assert.equal(await ready(), 200)

  fill(join(dataDir, 'ballast'))
  assert.equal(await ready(), 503, 'before anybody writes')
  let refused = 0
  for (let n = 0; refused < 50; n++) {
    if ((await write(n)) === 503) refused += 1
    assert.equal(await ready(), 503)
  }
  const metrics = createMetrics()
  t.after(metrics.close)
  const text = await metrics.text(db)
  assert.match(text, /^inbox_refused_writes_total\{code="storage_unavailable"\} 5\d$/m)
  assert.equal((await inbox.get('/customers')).status, 200)

  rmSync(join(dataDir, 'ballast'))
  while ((await ready()) !== 200) await sleep(20)
  assert.equal(await write(1_000_000), 201)
})
