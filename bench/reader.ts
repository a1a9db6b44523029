import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Inbox } from './product.ts'

const pause = 5

/** Reads the list again and again, a moment apart; `stop` resolves to how many milliseconds each time took. */
export const startReading = (inbox: Inbox) => {
  const state = { isStopped: false }
  const times: number[] = []
  const run = async () => {
    while (!state.isStopped) {
      const begin = performance.now()
      await ask(inbox, '/customers')
      times.push(performance.now() - begin)
      await sleep(pause)
    }
  }
  const running = run()
  const stop = async (): Promise<number[]> => {
    state.isStopped = true
    await running
    return times
  }
  return { stop }
}
