import { Worker } from 'node:worker_threads'
import { Rounds } from '../rounds.ts'
import type { Answer, Question } from './apart-worker.ts'
import type { Row } from './db.ts'
import { endWorker } from './end-worker.ts'
import { type Sql, textOf } from './sql.ts'

/** What the thread is given before it answers; beyond that those who ask take turns. */
const most = 16

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
  /** In the order in which they are answered. */
  readonly #sent: Ask[] = []
  #worker: Worker | undefined
  #isAboutToSend = false
  /** While something is sent. */
  #busy: PromiseWithResolvers<void> | undefined
  #pauses = 0

  constructor(databaseFile: string) {
    this.#file = databaseFile
  }

  many<T extends Row>(query: Sql, whose: string): Promise<T[]> {
    return new Promise<Row[]>((resolve, reject) => {
      this.#waiting.add(whose, { query, resolve, reject })
      // what is asked in one turn of the event loop is sent at once
      if (!this.#isAboutToSend) setImmediate(() => this.#send())
      this.#isAboutToSend = true
    }) as Promise<T[]>
  }

  /** Runs `work` while nothing is read here. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1
    try {
      await this.#busy?.promise
      return await work()
    } finally {
      this.#pauses -= 1
      this.#send()
    }
  }

  async close(): Promise<void> {
    this.#pauses += 1
    await this.#busy?.promise
    if (this.#worker) await endWorker(this.#worker)
  }

  #send(): void {
    this.#isAboutToSend = false
    if (this.#pauses > 0) return
    const asks: Ask[] = []
    while (this.#waiting.size > 0 && this.#sent.length + asks.length < most) asks.push(this.#waiting.take()!)
    if (asks.length === 0) return
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#busy ??= Promise.withResolvers()
    this.#sent.push(...asks)
    const statements = asks.map(({ query }) => ({ text: textOf(query, '?'), values: query.values }))
    this.#worker.postMessage(statements satisfies Question)
  }

  #settle(answers: Answer[]): void {
    for (const answer of answers) {
      const ask = this.#sent.shift()!
      if ('error' in answer) ask.reject(answer.error)
      else ask.resolve(answer.rows)
    }
    if (this.#sent.length === 0) {
      this.#worker?.unref()
      this.#busy?.resolve()
      this.#busy = undefined
    }
    this.#send()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./apart-worker.ts', import.meta.url), {
      workerData: this.#file,
      // it keeps nothing but its statements
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    })
    return (
      worker
        .on('message', (answers: Answer[]) => this.#settle(answers))
        // the next one who asks gets another
        .on('error', (error) => {
          this.#worker = undefined
          this.#settle(this.#sent.map(() => ({ error })))
        })
    )
  }
}
