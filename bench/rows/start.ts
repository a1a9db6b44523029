import { join } from 'node:path'
import { dataOf } from '../data.ts'
import { serve } from '../product.ts'
import type { Row } from '../row.ts'
import { inTurn } from '../versus.ts'

const mostSeconds = 1
/** What is noise between two medians. */
const slower = 1.1

export const start: Row = {
  name: 'start',
  async *measure({ kept, temporary, rounds, size }) {
    const { env } = await dataOf(kept, { messages: size, workspaces: 100 })
    const secondsTo = (DATA_DIR: string) => async () => {
      const begin = performance.now()
      const server = await serve({ temporary, env: { DATA_DIR } })
      await fetch(`${server.hello.address}/readyz`)
      const seconds = (performance.now() - begin) / 1000
      await server.stop()
      return seconds
    }
    const sides = [secondsTo(join(temporary, 'empty')), secondsTo(env.DATA_DIR)]
    // the empty one is made, the large one comes into memory
    await inTurn(1, sides)
    const [empty, large] = await inTurn(rounds, sides)
    yield {
      what: 'Start: from the process to its first answer, empty',
      measured: `${empty!.toFixed(2)} s`,
      bar: `≤ ${mostSeconds} s`,
      isReached: empty! <= mostSeconds,
      beside: '',
    }
    yield {
      what: `The same with ${size.toLocaleString('en')} messages`,
      measured: `${large!.toFixed(2)} s`,
      bar: `≤ ${mostSeconds} s, no slower`,
      isReached: large! <= Math.min(mostSeconds, empty! * slower),
      beside: `${(large! / empty!).toFixed(2)} × as long`,
    }
  },
}
