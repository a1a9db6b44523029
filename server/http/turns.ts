import { Fitting } from '../fitting.ts'
import type { App } from './schema.ts'

/** What the requests of a workspace should take of one turn of the event loop, in milliseconds. */
const share = 2

type Begin = () => void

/**
 * Of each workspace so many requests begin in one turn of the event loop as fit into its share, at least one; those beyond wait
 * for the next turns, the callers of the workspace in turn. So whoever asks without end, or for what takes long, holds up the
 * others by a few answers, and not by all that have arrived.
 */
export const takeTurns = (app: App): void => {
  const workspaces = new Map<string, Turns>()
  app.addHook('onRequest', ({ caller: { id, workspaceId } }, _reply, done) => {
    let turns = workspaces.get(workspaceId)
    if (!turns) workspaces.set(workspaceId, (turns = new Turns(() => workspaces.delete(workspaceId))))
    turns.add(id, done)
  })
}

class Turns {
  readonly #waiting = new Map<string, Begin[]>()
  readonly #fitting = new Fitting({ first: 4, most: 32 })
  readonly #onIdle: () => void
  /** In this turn. */
  #begun = 0

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  add(callerId: string, begin: Begin): void {
    if (this.#begun < this.#fitting.value) {
      if (this.#begun === 0) this.#plan()
      this.#begun += 1
      begin()
      return
    }
    const requests = this.#waiting.get(callerId)
    if (requests) requests.push(begin)
    else this.#waiting.set(callerId, [begin])
  }

  #plan(): void {
    let began = 0
    setImmediate(() => {
      began = performance.now()
      const next = this.#take()
      this.#begun = next.length
      for (const begin of next) begin()
    })
    // after all that those requests do before they wait for something else
    setImmediate(() => {
      if (this.#begun === 0) return this.#onIdle()
      this.#fitting.learn(this.#begun, { took: performance.now() - began, time: share })
      this.#plan()
    })
  }

  #take(): Begin[] {
    const taken: Begin[] = []
    for (const [id, requests] of this.#waiting) {
      taken.push(requests.shift()!)
      this.#waiting.delete(id)
      // the last of all now, to which the loop comes again
      if (requests.length > 0) this.#waiting.set(id, requests)
      if (taken.length === this.#fitting.value) break
    }
    return taken
  }
}
