import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { freshFolder } from '../app.ts'
import { mail, mbox } from '../make.ts'
import { clientOf, command, startServer } from '../process.ts'
import { aftermath, contactNote, Ledger } from './ledger.ts'
import { quantile } from './load.ts'
import { startMeasuredServer } from './measured.ts'

/** The bars are for a quiet machine; what is asserted leaves room for a busy one. */
const room = 5
const mails = 3000

test(
  'F22: a second server on the same folder refuses to start and says why; an import beside the first holds up nobody',
  { timeout: 300_000 },
  async (t) => {
    const folder = await freshFolder(t)
    const dataDir = join(folder, 'data')
    const server = await startMeasuredServer(t, { dataDir, beside: folder })
    await assert.rejects(
      startServer(t, { DATA_DIR: dataDir }),
      /the server ended: Another support-inbox server is already running on \S+\. Stop it, or set DATA_DIR to another folder\./,
    )
    const archive = join(folder, 'archive.mbox')
    const words = 'An invoice about the delivery of seventeen zebras to the harbour, as we said. '
    await writeFile(
      archive,
      mbox(
        Array.from({ length: mails }, (_, i) =>
          mail(
            { From: `p${i % 300}@example.com`, Subject: `Question ${i}`, 'Message-ID': `<${i}@example.com>` },
            `Number ${i}. ${words.repeat(i % 20)}`,
          ),
        ),
      ),
    )
    const ask = clientOf(server)
    const ledger = new Ledger()
    const took: number[] = []
    await server.loopDelay()
    const state = { isDone: false }
    const importing = command(['import', archive, '--workspace', server.workspaceId, '--json'], {
      env: { DATA_DIR: dataDir },
    }).finally(() => (state.isDone = true))
    for (let n = 0; !state.isDone; n++) {
      const {
        status,
        body,
        took: milliseconds,
      } = await ask('POST', '/contacts', { email: `c${n}@example.com`, name: `C ${n}` })
      assert.equal(status, 201)
      ledger.note(contactNote(body.contact))
      took.push(milliseconds)
    }
    const loop = await server.loopDelay()
    assert.equal((await importing).json().stored, mails)
    const write = quantile(took, 0.99)
    t.diagnostic(
      `${took.length} writes beside ${mails} mails: p50 ${quantile(took, 0.5)} ms, p99 ${write} ms (bar 20), at most ${quantile(took, 1)} ms; ` +
        `event loop p99 ${loop.p99} ms (bar 20), at most ${loop.most} ms`,
    )
    assert.ok(write <= 20 * room && loop.p99 <= 20 * room)
    assert.equal(await server.stop('SIGTERM'), 0)
    assert.deepEqual(await aftermath({ dataDir }, ledger), { losses: [], damages: [] })
  },
)
