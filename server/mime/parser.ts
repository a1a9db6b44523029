import { type ChildProcess, fork } from 'node:child_process'
import { limits } from '../config.ts'
import type { ParsedMail } from './parse.ts'
import type { Task, Work } from './parser-process.ts'

/** A mail (or an HTML text) could not be taken apart; the message says why. */
export class Unreadable extends Error {}

export interface MailParser {
  /** Rejects with `Unreadable`. */
  parse(raw: Uint8Array): Promise<ParsedMail>
  attachment(raw: Uint8Array, number: number): Promise<Uint8Array | null>
  cleanHtml(html: string): Promise<string>
  close(): void
}

interface Waiting {
  task: Task
  resolve(value: never): void
  reject(error: Error): void
}

const heapMegabytes = 512

/**
 * Takes mails apart in a process of its own, one after another, with a limit of time and memory: a mail that goes beyond
 * it costs that process, not the server. (A worker thread does not do: V8 may abort the whole process when a thread's
 * heap is full.)
 */
export const createMailParser = (): MailParser => {
  const waiting: Waiting[] = []
  let child: ChildProcess | undefined
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

  const end = () => {
    child
      ?.removeAllListeners()
      .on('error', () => {})
      .kill('SIGKILL')
    child = undefined
  }

  const giveUp = (reason: string) => {
    end()
    settle({ error: reason })
  }

  const start = (): ChildProcess =>
    fork(new URL('./parser-process.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${heapMegabytes}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
      .on('message', (outcome: { answer: unknown } | { error: string }) => settle(outcome))
      .on('error', (error) => giveUp(`taking it apart failed: ${error.message}`))
      .on('exit', () => giveUp('taking it apart needed too much memory'))

  /** An idle child keeps no command from ending. */
  const keepAlive = (isBusy: boolean) => {
    if (isBusy) child?.ref()
    else child?.unref()
    const { channel } = child ?? {}
    if (isBusy) channel?.ref()
    else channel?.unref()
  }

  const next = () => {
    if (current) return
    current = waiting.shift()
    if (!current) return keepAlive(false)
    child ??= start()
    keepAlive(true)
    const { parseMilliseconds } = limits
    timer = setTimeout(
      () => giveUp(`taking it apart took more than ${parseMilliseconds / 1000} seconds`),
      parseMilliseconds,
    )
    child.send(current.task)
  }

  const work = <K extends keyof Work>(kind: K, ask: Work[K]['ask']): Promise<Work[K]['answer']> =>
    new Promise((resolve, reject) => {
      waiting.push({ task: { kind, ask } as Task, resolve, reject })
      next()
    })

  return {
    parse: (raw) => work('parse', raw),
    attachment: (raw, number) => work('attachment', { raw, number }),
    cleanHtml: (html) => work('clean', html),
    close: end,
  }
}
