import type { ChildProcess } from 'node:child_process'
import { limits } from '../limits.ts'
import type { SavedMail } from './msg.ts'
import { createLane, kill, Unreadable, type Job } from './parser-lane.ts'
import type { Listed, ParsedMail } from './parse.ts'
import type { Task, Work } from './parser-process.ts'

export { Unreadable }

/**
 * Whose work it is, from the outside in, such as the client's network and the envelope sender: for fair queuing. Empty
 * where all is one's, as in an import.
 */
export type Sender = readonly string[]

export interface MailParser {
  /** Of a mail, or of the file at a path. Rejects with `Unreadable`. */
  parse(raw: Uint8Array | string, sender?: Sender): Promise<ParsedMail>
  attachment(raw: Uint8Array, listed: Listed, sender?: Sender): Promise<Uint8Array | null>
  cleanHtml(html: string, sender?: Sender): Promise<string>
  /** The mail in a file that Outlook saved (.msg). Rejects with `Unreadable`. */
  mailOfMsg(bytes: Uint8Array): Promise<SavedMail>
  /** Starts the process for mail, so that the first does not wait for it. */
  start(): void
  /** What is waiting is rejected, and what comes later, too. */
  close(): void
}

/**
 * Parses mails, and cleans HTML, in processes of their own with limits of time and memory: what goes beyond them costs
 * such a process, not the server. (A worker thread does not do: V8 may abort the whole process when a thread's heap is
 * full.) What somebody waits for has its own. docs/decisions/mails-are-parsed-in-a-process.md
 */
export const createMailParser = (): MailParser => {
  const mail = createLanes()
  const interactive = createLanes(['html'])
  return {
    parse: (raw, sender = []) => {
      // where mail arrives, somebody will answer it: a reply must not wait for a process to start
      if (sender.length > 0) interactive.start()
      return mail.work('parse', raw, sender)
    },
    attachment: (raw, { number, name, size }, sender = []) =>
      interactive.work('attachment', { raw, listed: { number, name, size } }, sender),
    cleanHtml: (html, sender = []) => interactive.work('clean', html, sender),
    mailOfMsg: (bytes) => mail.work('msg', bytes, []),
    start: mail.start,
    close: () => {
      mail.close()
      interactive.close()
    },
  }
}

/**
 * Two lanes: what takes longer than a slice goes on in the slow lane, with its process, and so does what else its sender
 * sends meanwhile. Nobody else waits for longer than the slice.
 */
const createLanes = (args: string[] = []) => {
  let isClosed = false

  const add = (job: Job) => {
    const isSlow = job.sender.length > 0 && slow.has(job.sender)
    ;(isSlow ? slow : fast).add(job)
  }

  const fast = createLane({
    timeOf: ({ task, sender }) => (sender.length > 0 ? limits.parseSlice : timeOf(task)),
    onOvertime: (job, child) => (job.sender.length > 0 ? slow.adopt(job, child) : refuse(job, child)),
    again: add,
    isLasting: true,
    args,
  })

  const slow = createLane({
    timeOf: ({ task }) => timeOf(task) - limits.parseSlice,
    onOvertime: refuse,
    again: (job) => slow.add(job),
    isLasting: false,
  })

  return {
    work: <K extends keyof Work>(kind: K, ask: Work[K]['ask'], sender: Sender): Promise<Work[K]['answer']> =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(closed())
        add({ task: { kind, ask } as Task, sender, isRetry: false, resolve, reject })
      }),
    start: fast.start,
    close: () => {
      isClosed = true
      fast.close(closed())
      slow.close(closed())
    },
  }
}

const refuse = ({ task, reject }: Job, child: ChildProcess): void => {
  kill(child)
  reject(new Unreadable(`parsing it took more than ${timeOf(task) / 1000} seconds`))
}

const closed = () => new Error('the mail parser is closed')

/** Somebody waits for a text to be cleaned; a mail may take its time. */
const timeOf = ({ kind }: Task): number => (kind === 'clean' ? limits.cleanMilliseconds : limits.parseMilliseconds)
