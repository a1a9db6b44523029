import { type ChildProcess, fork } from 'node:child_process'
import { FairQueue } from './fair-queue.ts'
import type { Answer, Task } from './parser-process.ts'

/** A mail (or an HTML text) could not be parsed, and would not be another time; the message says why. */
export class Unreadable extends Error {}

export interface Job {
  task: Task
  /** Whose it is, for fair queuing; empty where all is one's. */
  sender: readonly string[]
  /** Whether its process was ended from outside before. */
  isRetry: boolean
  resolve(value: never): void
  reject(error: Error): void
}

interface Options {
  /** Milliseconds that the process may work on one. */
  timeOf(job: Job): number
  /** It took longer. Its process is still working on it. */
  onOvertime(job: Job, child: ChildProcess): void
  /** Where a job goes that its process did not finish through no fault of its own. */
  again(job: Job): void
  /** Whether the process is kept for the next job. */
  isLasting: boolean
  /** Arguments of the process. */
  args?: string[]
}

export interface Lane {
  add(job: Job): void
  /** Goes on with a job where another lane left off; where this lane is busy, the job waits, and begins anew. */
  adopt(job: Job, child: ChildProcess): void
  /** Whether something of this sender waits or is being worked on. */
  has(sender: readonly string[]): boolean
  start(): void
  close(reason: Error): void
}

const heapMegabytes = 512

/** A mail leaves much garbage, and nothing that lasts: room for that from the start, and one thread for it and for compilers. */
const flags = [`--max-old-space-size=${heapMegabytes}`, '--min-semi-space-size=16', '--v8-pool-size=1']

/** So much is sent ahead of what is nobody's in particular, so that the process goes on while this one is busy. */
const most = { tasks: 512, bytes: 4 * 1024 * 1024 }

/** Milliseconds for a process to start, on a busy machine. */
const startTime = 10_000

const ready = new WeakSet<ChildProcess>()

/** How V8 ends a process whose heap is full, and how the kernel does where the machine's memory is. */
const exhausted = new Set<string | null>(['SIGABRT', 'SIGKILL'])
/** What a person or a supervisor sends, and no signal; any other is a crash over the input. */
const fromOutside = new Set<string | null>([null, 'SIGTERM', 'SIGINT', 'SIGHUP'])

/** A queue with a process of its own, which works on one job after another. */
export const createLane = ({ timeOf, onOvertime, again, isLasting, args = [] }: Options): Lane => {
  const waiting = new FairQueue<Job>()
  /** What the process has; it works on the first. */
  const sent: Job[] = []
  let sentBytes = 0
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** The first has its time from now on, or from when the process has started. */
  const time = () => {
    clearTimeout(timer)
    if (!sent[0] || !child) return
    timer = setTimeout(onTimeout, timeOf(sent[0]) + (ready.has(child) ? 0 : startTime))
  }

  const onTimeout = () => {
    const left = child!.removeAllListeners('message').removeAllListeners('exit')
    child = undefined
    const [job, ...others] = takeBack()
    if (ready.has(left)) onOvertime(job!, left)
    else {
      kill(left)
      retry(job!, 'did not start')
    }
    others.forEach(again)
  }

  const onMessage = (message: Answer) => {
    if ('isReady' in message) {
      ready.add(child!)
      return time()
    }
    const job = sent.shift()
    if (job) {
      sentBytes -= sizeOf(job.task)
      if ('answer' in message) job.resolve(message.answer as never)
      else job.reject(message.isOurs ? new Error(message.error) : new Unreadable(message.error))
    }
    if (!isLasting) end()
    time()
    next()
  }

  const onExit = (ended: ChildProcess, signal: string | null) => {
    clearTimeout(timer)
    child = undefined
    const isBegun = sent.length > 0
    const jobs = takeBack()
    const job = isBegun ? jobs.shift() : undefined
    if (job && (fromOutside.has(signal) || !ready.has(ended))) retry(job, `ended (${signal ?? 'by itself'})`)
    else if (job && exhausted.has(signal)) job.reject(new Unreadable('parsing it took more memory than it may'))
    else if (job) job.reject(new Unreadable(`parsing it ended the process (${signal})`))
    jobs.forEach(again)
  }

  /** Once: the input was not to blame. */
  const retry = (job: Job, what: string) => {
    if (job.isRetry) job.reject(new Error(`the parser process ${what}`))
    else again({ ...job, isRetry: true })
  }

  /** Everything, in its order: what was sent, then what waits. */
  const takeBack = (): Job[] => {
    sentBytes = 0
    return [...sent.splice(0), ...waiting.takeAll()]
  }

  const end = () => {
    if (child) kill(child)
    child = undefined
  }

  const watch = (started: ChildProcess): ChildProcess =>
    started
      // what it had answered may arrive after its end, when the work has gone to the next one
      .on('message', (message: Answer) => started === child && onMessage(message))
      .on('exit', (_code, signal) => started === child && onExit(started, signal))
      // it could not be started or written to: its exit follows, or the time runs out
      .on('error', () => {})

  const start = (): ChildProcess =>
    watch(
      fork(new URL('./parser-process.ts', import.meta.url), args, {
        serialization: 'advanced',
        execArgv: flags,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      }),
    )

  /** An idle child keeps no command from ending. */
  const keepAlive = (isBusy: boolean) => {
    if (isBusy) child?.ref()
    else child?.unref()
    const { channel } = child ?? {}
    if (isBusy) channel?.ref()
    else channel?.unref()
  }

  const next = () => {
    while (hasRoom()) {
      const job = waiting.take()
      if (!job) break
      sent.push(job)
      sentBytes += sizeOf(job.task)
      child ??= start()
      child.send(job.task, () => {})
      if (sent.length === 1) time()
    }
    keepAlive(sent.length > 0)
  }

  /** What is somebody's goes one by one: what was sent ahead would be before whatever others send. */
  const hasRoom = (): boolean =>
    !isClosed &&
    (!sent[0] || (isLasting && sent[0].sender.length === 0 && sent.length < most.tasks && sentBytes < most.bytes))

  return {
    add: (job) => {
      waiting.add(job.sender, job)
      next()
    },
    adopt: (job, its) => {
      if (sent.length > 0 || waiting.size > 0) {
        kill(its)
        waiting.add(job.sender, job)
        return next()
      }
      end()
      child = watch(its)
      sent.push(job)
      time()
    },
    has: (sender) => waiting.has(sender) || sent.some((job) => job.sender.join('\n') === sender.join('\n')),
    start: () => {
      child ??= start()
      keepAlive(sent.length > 0)
    },
    close: (reason) => {
      isClosed = true
      clearTimeout(timer)
      // an idle one ends by itself, and leaves what was compiled for the next
      if (sent.length > 0) end()
      else if (child?.connected) child.disconnect()
      child?.unref()
      for (const { reject } of takeBack()) reject(reason)
    },
  }
}

export const kill = (child: ChildProcess): void => {
  child.removeAllListeners().on('error', () => {})
  child.kill('SIGKILL')
  child.unref()
  child.channel?.unref()
}

const sizeOf = ({ kind, ask }: Task): number => (kind === 'attachment' ? ask.raw : ask).length
