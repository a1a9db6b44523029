import { dataOf } from '../data.ts'
import { connections as usual, press } from '../press.ts'
import { inboxAt, serve } from '../product.ts'
import { processorTimeOf } from '../program.ts'
import type { Row } from '../row.ts'
import { inTurn } from '../versus.ts'

const crowds = [1, usual, 256, 1000]
const most = 1.5

export const crowd: Row = {
  name: 'crowd',
  async *measure({ kept, temporary, rounds, seconds, size }) {
    const { env, key } = await dataOf(kept, { messages: size, workspaces: 1 })
    const server = await serve({ temporary, env })
    try {
      const inbox = inboxAt(server.hello.address, key)
      const asked = { method: 'GET' as const, url: `${inbox.url}/customers`, key: inbox.key }
      const processorOver = (connections: number) => async () => {
        const before = processorTimeOf(server.pid)
        const { answers } = await press(asked, seconds, connections)
        return (processorTimeOf(server.pid) - before) / answers
      }
      const sides = crowds.map(processorOver)
      await inTurn(1, sides)
      const taken = await inTurn(rounds, sides)
      const base = taken[crowds.indexOf(usual)]!
      for (const [i, connections] of crowds.entries()) {
        const ratio = taken[i]! / base
        yield {
          what: `GET customers over ${connections.toLocaleString('en')} connections against ${usual}`,
          measured: `${ratio.toFixed(2)} × the processor`,
          bar: `≤ ${most} ×`,
          isReached: ratio <= most,
          beside: `${Math.round(taken[i]!)} µs an answer`,
        }
      }
    } finally {
      await server.stop()
    }
  },
}
