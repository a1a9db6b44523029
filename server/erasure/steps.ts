import { setTimeout as sleep } from 'node:timers/promises'
import { Rounds } from '../rounds.ts'

/** How long it rests after a step, times what the step took. */
const rest = 2

/**
 * Runs one step at a time in this process, with fair queuing per workspace, and then rests: however many contacts are erased at
 * once, others have two thirds of the time.
 */
export class Steps {
  readonly #waiting = new Rounds<() => void>()
  #isBusy = false

  async run<T>(workspaceId: string, step: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await new Promise<void>((resolve) => this.#waiting.add(workspaceId, resolve))
    this.#isBusy = true
    const begin = performance.now()
    try {
      return await step()
    } finally {
      void sleep((performance.now() - begin) * rest).then(() => this.#next())
    }
  }

  #next(): void {
    const next = this.#waiting.take()
    if (next) next()
    else this.#isBusy = false
  }
}
