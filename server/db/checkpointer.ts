import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Apart } from './apart.ts'
import type { CheckpointMode, CheckpointResult } from './checkpoint-worker.ts'
import { endWorker } from './end-worker.ts'
import type { WriteQueue } from './write-queue.ts'

const interval = 250
/** Milliseconds. */
const patience = 2000

interface Options {
  queue: WriteQueue
  apart: Apart
  restartAbove: number
}

/** Point 4 of docs/write-path.md: moves the WAL into the database from a worker thread. */
export class Checkpointer {
  readonly #queue: WriteQueue
  readonly #apart: Apart
  readonly #restartAbove: number
  readonly #worker: Worker
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | undefined
  #asked: Promise<unknown> = Promise.resolve()
  #notBefore = 0

  /** The WAL is started anew when it has more than `restartAbove` pages of 4 KiB. */
  constructor(databaseFile: string, { queue, apart, restartAbove }: Options) {
    this.#queue = queue
    this.#apart = apart
    this.#restartAbove = restartAbove
    this.#worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: databaseFile })
    this.#worker.on('error', (error) => queue.stop(error as Error))
    this.#worker.unref()
    this.#timer = setInterval(() => void this.#run(), interval).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    // nothing else may be keeping the process up while we wait
    this.#worker.ref()
    await this.#running
    await this.#asked
    await endWorker(this.#worker)
  }

  #run(): Promise<void> {
    this.#running ??= this.#checkpoint().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #checkpoint(): Promise<void> {
    if (performance.now() < this.#notBefore) return
    const { frames } = await this.#ask('passive')
    if (frames <= this.#restartAbove) return
    // nothing is read or written meanwhile; writers wait for no long read
    const { done } = await this.#apart.pause(() => this.#queue.pause(() => this.#ask('restart')))
    // writers wait while we try: not again at once when somebody else's reading stands in the way
    if (!done) this.#notBefore = performance.now() + patience
  }

  /** One question at a time: answers carry no sign of what they answer. */
  #ask(mode: CheckpointMode): Promise<CheckpointResult> {
    const answer = this.#asked.then(async () => {
      this.#worker.postMessage(mode)
      const [result] = (await once(this.#worker, 'message')) as [CheckpointResult]
      if (result.failedSync) this.#queue.stop(new Error(`a sync failed during a checkpoint: ${result.error}`))
      return result
    })
    this.#asked = answer
    return answer
  }
}
