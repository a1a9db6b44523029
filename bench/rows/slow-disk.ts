import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { quantile } from '../../test/faults/load.ts'
import { tampering } from '../../test/faults/tools.ts'
import { copyOf, dataOf } from '../data.ts'
import { press } from '../press.ts'
import { inboxAt, serve } from '../product.ts'
import { programs, startProgram } from '../program.ts'
import { startReading } from '../reader.ts'
import type { Row } from '../row.ts'
import { newContact } from './writes.ts'

const milliseconds = 20
const leastTimes = 20
const mostMilliseconds = 20

export const slowDisk: Row = {
  name: 'slow-disk',
  async *measure({ kept, temporary, seconds, size }) {
    if (spawnSync('strace', ['--version']).status !== 0) {
      process.stderr.write('  NOT RUN: it needs strace\n')
      return
    }
    const under = tampering('fsync,fdatasync', `delay_enter=${milliseconds * 1000}`)
    const words = [programs.commitAndSync, join(temporary, 'one.db'), String(seconds)]
    const yardstick = await startProgram<{ perSecond: number }>(words, { output: join(temporary, 'sync.log'), under })
    const { env, key } = copyOf(await dataOf(kept, { messages: size, workspaces: 1 }), temporary)
    const server = await serve({ temporary, env, under })
    try {
      const inbox = inboxAt(server.hello.address, key)
      const request = {
        method: 'POST',
        url: inbox.url + newContact.path,
        key: inbox.key,
        body: newContact.body,
      } as const
      await press(request, seconds)
      const reading = startReading(inbox)
      const { perSecond } = await press(request, seconds * 2)
      const p99 = quantile(await reading.stop(), 0.99)
      const times = perSecond / yardstick.hello.perSecond
      yield {
        what: `POST contact where a sync takes ${milliseconds} ms`,
        measured: `${times.toFixed(1)} × one commit a sync`,
        bar: `≥ ${leastTimes} ×`,
        isReached: times >= leastTimes,
        beside: `${Math.round(perSecond)}/s of ${Math.round(yardstick.hello.perSecond)}/s`,
      }
      yield {
        what: 'GET customers beside it, 99th percentile',
        measured: `${p99.toFixed(1)} ms`,
        bar: `≤ ${mostMilliseconds} ms`,
        isReached: p99 <= mostMilliseconds,
        beside: '',
      }
    } finally {
      await server.stop()
    }
  },
}
