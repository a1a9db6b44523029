import { Worker } from 'node:worker_threads'
import { limits } from '../config.ts'
import type { ParsedMail } from './parse.ts'
import type { Task, Work } from './parser-worker.ts'

/** A mail (or an HTML text) could not be taken apart; the message says why. */
export class Unreadable extends Error {}

export interface MailParser {
  /** Rejects with `Unreadable`. */
  parse(raw: Uint8Array): Promise<ParsedMail>
  attachment(raw: Uint8Array, number: number): Promise<Uint8Array | null>
  cleanHtml(html: string): Promise<string>
  close(): Promise<void>
}

interface Waiting {
  task: Task
  resolve(value: never): void
  reject(error: Error): void
}

const heapMegabytes = 192

/**
 * Takes mails apart in a worker thread, one after another, with a limit of time and memory:
 * a mail that goes beyond it costs its worker, not the server.
 */
export const createMailParser = (): MailParser => {
  const waiting: Waiting[] = []
  let worker: Worker | undefined
  let current: Waiting | undefined
  let timer: NodeJS.Timeout | undefined

  const settle = (outcome: { answer: unknown } | { error: string }) => {
    clearTimeout(timer)
    const done = current
    current = undefined
    if ('error' in outcome) done?.reject(new Unreadable(outcome.error))
    else done?.resolve(outcome.answer as never)
    next()
  }

  const giveUp = (reason: string) => {
    const dead = worker
    worker = undefined
    void dead
      ?.removeAllListeners()
      .on('error', () => {})
      .terminate()
    settle({ error: reason })
  }

  const startWorker = (): Worker =>
    new Worker(new URL('./parser-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    })
      .on('message', settle)
      .on('error', (error: Error) => giveUp(`taking it apart failed: ${error.message}`))

  const next = () => {
    if (current) return
    current = waiting.shift()
    if (!current) return worker?.unref()
    worker ??= startWorker()
    worker.ref()
    timer = setTimeout(
      () => giveUp(`taking it apart took more than ${limits.parseMilliseconds / 1000} seconds`),
      limits.parseMilliseconds,
    )
    worker.postMessage(current.task)
  }

  const work = <K extends keyof Work>(kind: K, ask: Work[K]['ask']): Promise<Work[K]['answer']> =>
    new Promise((resolve, reject) => {
      waiting.push({ task: { kind, ask } as Task, resolve: resolve, reject })
      next()
    })

  return {
    parse: (raw) => work('parse', raw),
    attachment: (raw, number) => work('attachment', { raw, number }),
    cleanHtml: (html) => work('clean', html),
    close: async () => {
      await worker?.removeAllListeners().terminate()
      worker = undefined
    },
  }
}
