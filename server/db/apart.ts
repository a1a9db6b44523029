import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Rounds } from '../rounds.ts'
import type { Answer, Question } from './apart-worker.ts'
import type { Row } from './db.ts'
import { type Sql, textOf } from './sql.ts'

interface Ask {
  query: Sql
  resolve(rows: Row[]): void
  reject(error: unknown): void
}

/**
 * Reads on a worker thread with a connection of its own, one after another, those who ask in turn. It sees what is committed,
 * whether or not it is on the disk: that is for its caller to wait for. The thread begins when it is first needed.
 */
export class Apart {
  readonly #file: string
  readonly #waiting = new Rounds<Ask>()
  #worker: Worker | undefined
  #running: Promise<void> | undefined
  #pauses = 0

  constructor(databaseFile: string) {
    this.#file = databaseFile
  }

  many<T extends Row>(query: Sql, whose: string): Promise<T[]> {
    return new Promise<Row[]>((resolve, reject) => {
      this.#waiting.add(whose, { query, resolve, reject })
      this.#next()
    }) as Promise<T[]>
  }

  /** Runs `work` while nothing is read here. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1
    try {
      await this.#running
      return await work()
    } finally {
      this.#pauses -= 1
      this.#next()
    }
  }

  async close(): Promise<void> {
    this.#pauses += 1
    await this.#running
    if (!this.#worker) return
    const exit = once(this.#worker, 'exit')
    this.#worker.ref()
    this.#worker.postMessage('close' satisfies Question)
    await exit
  }

  #next(): void {
    if (this.#running || this.#pauses > 0) return
    const ask = this.#waiting.take()
    if (!ask) return
    this.#running = this.#answer(ask).finally(() => {
      this.#running = undefined
      this.#next()
    })
  }

  async #answer({ query, resolve, reject }: Ask): Promise<void> {
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    try {
      worker.postMessage({ text: textOf(query, '?'), values: query.values } satisfies Question)
      const [answer] = (await once(worker, 'message')) as [Answer]
      if ('error' in answer) reject(answer.error)
      else resolve(answer.rows)
    } catch (error) {
      reject(error)
    }
    worker.unref()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./apart-worker.ts', import.meta.url), {
      workerData: this.#file,
      // it keeps nothing but its statements
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    })
    // the next one who asks gets another
    return worker.on('error', () => (this.#worker = undefined))
  }
}
