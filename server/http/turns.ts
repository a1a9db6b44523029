import { letArrivedGoOn } from '../arrived.ts'
import { Rounds } from '../rounds.ts'
import type { App } from './schema.ts'

/** In milliseconds. Long turns cost less, and hold up nobody where nobody else asks. */
const share = { alone: 1, besideOthers: 0.5 }

/** For so many milliseconds somebody else is expected to ask again. */
const memory = 1000

type Begin = () => void
type ShareAt = (now: number) => number

/**
 * Requests of a workspace begin, in one turn of the event loop, for as long as its share lasts, at least one of those that wait;
 * those beyond wait for the next turns, the callers of the workspace in turn. So whoever asks without end, or for what takes
 * long, holds up the others by a few answers, and not by all that have arrived.
 */
export const takeTurns = (app: App): void => {
  const workspaces = new Map<string, Turns>()
  let lastCaller = ''
  let otherCame = 0
  const shareAt: ShareAt = (now) => (now - otherCame < memory ? share.besideOthers : share.alone)
  app.addHook('onRequest', ({ caller: { id, workspaceId } }, _reply, done) => {
    if (id !== lastCaller) otherCame = performance.now()
    lastCaller = id
    let turns = workspaces.get(workspaceId)
    if (!turns) workspaces.set(workspaceId, (turns = new Turns(shareAt, () => workspaces.delete(workspaceId))))
    turns.add(id, done)
  })
}

/** Calls back when all is done that was begun before and waits for nothing else: Node.js does that before the next tick. */
const whenDone = (callback: () => void): void => queueMicrotask(() => process.nextTick(callback))

class Turns {
  /** By caller. */
  readonly #waiting = new Rounds<Begin>()
  readonly #shareAt: ShareAt
  readonly #onIdle: () => void
  /** When the first one of this turn began, if one has. */
  #began: number | undefined

  constructor(shareAt: ShareAt, onIdle: () => void) {
    this.#shareAt = shareAt
    this.#onIdle = onIdle
    this.#planTurn()
  }

  add(callerId: string, begin: Begin): void {
    if (!this.#waiting.has(callerId) && this.#hasTime()) begin()
    else this.#waiting.add(callerId, begin)
  }

  #planTurn(): void {
    setImmediate(() => {
      this.#began = undefined
      // among them may be another workspace's, which need not wait for these
      letArrivedGoOn()
      whenDone(() => this.#beginNext())
    })
    setImmediate(() => {
      if (this.#waiting.size > 0 || this.#began !== undefined) this.#planTurn()
      else this.#onIdle()
    })
  }

  #beginNext(): void {
    const begin = this.#waiting.take()
    if (!begin) return
    this.#began ??= performance.now()
    begin()
    whenDone(() => this.#hasTime() && this.#beginNext())
  }

  #hasTime(): boolean {
    const now = performance.now()
    return now < (this.#began ??= now) + this.#shareAt(now)
  }
}
