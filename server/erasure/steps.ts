import { setTimeout as sleep } from 'node:timers/promises'
import { Rounds } from '../rounds.ts'

/**
 * Runs one step at a time in this process, fairly between workspaces, and then rests for as long as the step took: however
 * many contacts are erased at once, others have half of the time.
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
      void sleep(performance.now() - begin).then(() => this.#next())
    }
  }

  #next(): void {
    const next = this.#waiting.take()
    if (next) next()
    else this.#isBusy = false
  }
}
