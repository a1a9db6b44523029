import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Apart } from './apart.ts'
import type { ScrubResult, ScrubStep } from './scrub-process.ts'
import type { WriteQueue } from './write-queue.ts'

const program = join(import.meta.dirname, 'scrub-process.ts')

/** How long others go on after a step: after one without a lock, one with it, and one that somebody's reading stood in the way of. */
const rests = { look: 10, clean: 500, busy: 2000 }

interface Parts {
  queue: WriteQueue
  apart: Apart
}

/**
 * Removes from the bytes of the files what was deleted: from the boundaries of search indexes, from unused space, and from the
 * WAL. In small steps, by a process of its own: closing a descriptor of the database file drops a process's locks on it.
 */
export class Scrubber {
  readonly #file: string
  readonly #parts: Parts
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(databaseFile: string, parts: Parts) {
    this.#file = databaseFile
    this.#parts = parts
  }

  /** Resolves when nothing is left of what was deleted before. */
  scrub(): Promise<void> {
    const run = this.#running.then(() => this.#run())
    this.#running = run.catch(() => {})
    return run
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    signal.throwIfAborted()
    const child = fork(program, [this.#file], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    // an error is that of a process that has ended, or never began
    const exit = once(child, 'exit').catch(() => {})
    try {
      let result: ScrubResult
      do {
        result = await this.#step(child, 'look')
        while (!result.isClean) result = await this.#step(child, 'clean')
      } while (!result.isDone)
      while ((await this.#step(child, 'empty')).isBusy) continue
    } finally {
      if (child.connected) child.disconnect()
      await exit
    }
  }

  async #step(child: ChildProcess, step: ScrubStep): Promise<ScrubResult> {
    const { queue, apart } = this.#parts
    const { signal } = this.#closing
    signal.throwIfAborted()
    const ask = () => answerOf(child, step)
    const result = await (step === 'look' ? ask() : apart.pause(() => queue.pause(ask)))
    if (result.failedSync) queue.stop(new Error(`a sync failed while unused space was scrubbed: ${result.error}`))
    if (result.error !== undefined) throw new Error(result.error)
    await sleep(result.isBusy ? rests.busy : step === 'look' ? rests.look : rests.clean, undefined, { signal })
    return result
  }
}

const answerOf = async (child: ChildProcess, step: ScrubStep): Promise<ScrubResult> => {
  const over = new AbortController()
  const ended = (code: unknown) => new Error(`the process that scrubs unused space ended (${String(code)})`)
  if (child.exitCode !== null || child.signalCode !== null) throw ended(child.exitCode ?? child.signalCode)
  try {
    child.send(step)
    const [result] = (await Promise.race([
      once(child, 'message', over),
      once(child, 'exit', over).then(([code, signal]) => {
        throw ended(code ?? signal)
      }),
    ])) as [ScrubResult]
    return result
  } finally {
    over.abort()
  }
}
