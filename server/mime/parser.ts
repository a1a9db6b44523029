import { type ChildProcess, fork } from 'node:child_process'
import { limits } from '../config.ts'
import type { ParsedMail } from './parse.ts'
import type { Task, Work } from './parser-process.ts'

/** A mail (or an HTML text) could not be taken apart, and would not be another time; the message says why. */
export class Unreadable extends Error {}

export interface MailParser {
  /** Rejects with `Unreadable`. */
  parse(raw: Uint8Array): Promise<ParsedMail>
  attachment(raw: Uint8Array, number: number): Promise<Uint8Array | null>
  cleanHtml(html: string): Promise<string>
  /** Starts its process, so that the first mail does not wait for it. */
  start(): void
  /** What is waiting is rejected, and what comes later, too. */
  close(): void
}

type Outcome = { answer: unknown } | { error: string }

interface Waiting {
  task: Task
  /** Whether its process has ended under it before. */
  isRetry: boolean
  resolve(value: never): void
  reject(error: Error): void
}

const heapMegabytes = 512

/** A mail leaves much garbage, and nothing that lasts: room for that from the start, and one thread for it and for compilers. */
const flags = [`--max-old-space-size=${heapMegabytes}`, '--min-semi-space-size=16', '--v8-pool-size=1']

/** So much is sent ahead, so that the process goes on while this one is busy with something else. */
const most = { tasks: 512, bytes: 4 * 1024 * 1024 }

/**
 * Takes mails apart in a process of its own, one after another, with a limit of time and memory: a mail that goes beyond
 * it costs that process, not the server; those that were sent with it go to the next one. (A worker thread does not do: V8 may abort the whole process when a thread's
 * heap is full.)
 */
export const createMailParser = (): MailParser => {
  const waiting: Waiting[] = []
  /** What the process has; it works on the first. */
  const sent: Waiting[] = []
  let sentBytes = 0
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** Ends the work on the first. */
  const settle = (act: (done: Waiting) => void) => {
    const done = sent.shift()
    if (done) {
      sentBytes -= sizeOf(done.task)
      act(done)
    }
    time()
    next()
  }

  /** The first has its time from now on. */
  const time = () => {
    clearTimeout(timer)
    if (sent[0]) timer = setTimeout(onTimeout, timeOf(sent[0].task))
  }

  /** After the process has gone: what it had not begun is for the next one. */
  const takeBack = () => {
    waiting.unshift(...sent.splice(1))
    sentBytes = sent[0] ? sizeOf(sent[0].task) : 0
  }

  const onMessage = (outcome: Outcome) =>
    settle(({ resolve, reject }) =>
      'error' in outcome ? reject(new Unreadable(outcome.error)) : resolve(outcome.answer as never),
    )

  /** Whoever ended it: the work is tried once more, in a new process, before the mail is blamed. */
  const onExit = (code: number | null, signal: string | null) => {
    child = undefined
    takeBack()
    settle((done) => {
      if (!done.isRetry) waiting.unshift({ ...done, isRetry: true })
      else if (signal === 'SIGABRT') done.reject(new Unreadable('taking it apart needed too much memory'))
      else done.reject(new Error(`the process that takes mails apart ended (${signal ?? `exit code ${code}`})`))
    })
  }

  const end = () => {
    child
      ?.removeAllListeners()
      .on('error', () => {})
      .kill('SIGKILL')
    child = undefined
  }

  /** An idle one ends by itself, and leaves what was compiled for the next. */
  const leave = () => {
    if (child?.connected) child.disconnect()
    child?.unref()
  }

  const onTimeout = () => {
    end()
    takeBack()
    settle(({ reject, task }) =>
      reject(new Unreadable(`taking it apart took more than ${timeOf(task) / 1000} seconds`)),
    )
  }

  const start = (): ChildProcess => {
    const started = fork(new URL('./parser-process.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: flags,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    return (
      started
        // what it had answered may arrive after its end, when the work has gone to the next one
        .on('message', (outcome: Outcome) => started === child && onMessage(outcome))
        .on('exit', onExit)
        // it could not be started or written to: its exit follows, or the time runs out
        .on('error', () => {})
    )
  }

  /** An idle child keeps no command from ending. */
  const keepAlive = (isBusy: boolean) => {
    if (isBusy) child?.ref()
    else child?.unref()
    const { channel } = child ?? {}
    if (isBusy) channel?.ref()
    else channel?.unref()
  }

  const next = () => {
    if (isClosed) return
    while (waiting[0] && hasRoom(waiting[0].task)) {
      const task = waiting[0].task
      sent.push(waiting.shift()!)
      sentBytes += sizeOf(task)
      child ??= start()
      child.send(task, () => {})
      if (sent.length === 1) time()
    }
    keepAlive(sent.length > 0)
  }

  const hasRoom = (task: Task): boolean =>
    sent.length === 0 || (sent.length < most.tasks && sentBytes + sizeOf(task) <= most.bytes)

  const work = <K extends keyof Work>(kind: K, ask: Work[K]['ask']): Promise<Work[K]['answer']> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error('the mail parser is closed'))
      waiting.push({ task: { kind, ask } as Task, isRetry: false, resolve, reject })
      next()
    })

  return {
    parse: (raw) => work('parse', raw),
    attachment: (raw, number) => work('attachment', { raw, number }),
    cleanHtml: (html) => work('clean', html),
    start: () => {
      child ??= start()
      keepAlive(false)
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
      if (sent.length === 0) leave()
      else end()
      for (const { reject } of [...sent.splice(0), ...waiting.splice(0)]) reject(new Error('the mail parser is closed'))
    },
  }
}

/** Somebody waits for a text to be cleaned; a mail may take its time. */
const timeOf = ({ kind }: Task): number => (kind === 'clean' ? limits.cleanMilliseconds : limits.parseMilliseconds)

const sizeOf = ({ kind, ask }: Task): number => (kind === 'attachment' ? ask.raw : ask).length
