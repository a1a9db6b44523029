import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../../test/faults/load.ts'
import { createKey } from '../../server/keys/create.ts'
import { listWorkspaces } from '../../server/workspaces/queries.ts'
import { copyOf, dataOf, openData } from '../data.ts'
import { mboxOf } from '../mbox.ts'
import { pressAt } from '../press.ts'
import { inboxAt, serve } from '../product.ts'
import { programs } from '../program.ts'
import { startReading } from '../reader.ts'
import type { Row } from '../row.ts'

const seconds = 15
const perSecond = 1000
/** A bucket that holds 30,000 and gets 500 a second is empty after a minute. */
const noisySeconds = 75
const mostTimes = 2

export const noise: Row = {
  name: 'noise',
  async *measure({ kept, temporary, size, mbox }) {
    const { env, key } = copyOf(await dataOf(kept, { messages: size, workspaces: 100 }), temporary)
    const reader = await anotherKey(env, key.workspaceId)
    const archive = mbox ?? (await mboxOf(kept))
    // with the rate limit that the product has by itself: it is what stands between the two
    const server = await serve({ temporary, env: { ...env, RATE_LIMIT: '' } })
    try {
      const inbox = inboxAt(server.hello.address, reader)
      const read = async (time: number) => {
        const reading = startReading(inbox)
        await sleep(time * 1000)
        return quantile(await reading.stop(), 0.99)
      }
      await read(2)
      const alone = await read(seconds)
      const words = [programs.product, 'import', archive, '--workspace', key.workspaceId, '--json']
      const importing = spawn(process.execPath, words, { env: { ...process.env, ...env }, stdio: 'ignore' })
      const ended = once(importing, 'exit')
      const noisy = inboxAt(server.hello.address, key)
      const request = { method: 'GET', url: `${noisy.url}/customers`, key: noisy.key } as const
      const asking = pressAt(request, { seconds: noisySeconds, perSecond })
      const beside = await read(noisySeconds)
      const { refused } = await asking
      importing.kill('SIGTERM')
      await ended
      const times = beside / alone
      yield {
        what: `GET customers, 99th percentile, while another workspace imports and asks ${perSecond} times a second`,
        measured: `${times.toFixed(1)} ×`,
        bar: `≤ ${mostTimes} ×`,
        isReached: times <= mostTimes && refused > 0,
        beside: `${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms then; the other was refused ${refused} times`,
      }
    } finally {
      await server.stop()
    }
  },
}

/** A key of a workspace that is not this one. */
const anotherKey = async (env: Record<string, string>, workspaceId: string) => {
  const db = await openData(env)
  try {
    const other = (await listWorkspaces(db)).find(({ id }) => id !== workspaceId)!
    const { secret } = await db.transaction((tx) => createKey(tx, { workspaceId: other.id, scope: 'api_user' }))
    return { workspaceId: other.id, secret }
  } finally {
    await db.close()
  }
}
