import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { compileLate } from '../compile-late.ts'
import type { SavedMail } from './msg.ts'
import { attachmentOf, parseMail, type Listed, type ParsedMail } from './parse.ts'

export interface Work {
  /** A mail, or the path of its file. */
  parse: { ask: Uint8Array | string; answer: ParsedMail }
  attachment: { ask: { raw: Uint8Array; listed: Listed }; answer: Uint8Array | null }
  clean: { ask: string; answer: string }
  /** A file that Outlook saved. */
  msg: { ask: Uint8Array; answer: SavedMail }
}

export type Task = { [K in keyof Work]: { kind: K; ask: Work[K]['ask'] } }[keyof Work]

/** `isOurs`: the input is not to blame. */
export type Answer = { isReady: true } | { answer: unknown } | { error: string; isOurs: boolean }

setFlagsFromString(compileLate)

const readMail = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error: Error) => {
    throw new OwnFault(error.message)
  })

class OwnFault extends Error {}

const run = async (task: Task): Promise<unknown> => {
  if (task.kind === 'parse') return parseMail(typeof task.ask === 'string' ? await readMail(task.ask) : task.ask)
  if (task.kind === 'attachment') return attachmentOf(task.ask.raw, task.ask.listed)
  if (task.kind === 'msg') {
    const { mailOfMsg } = await import('./msg.ts')
    return mailOfMsg(task.ask)
  }
  const { cleanHtml } = await import('./html.ts')
  return cleanHtml(task.ask)
}

/** Resolves when it has left: whatever ends the process next must not take it along. */
const send = (message: Answer): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()))

const answer = async (task: Task): Promise<void> => {
  try {
    await send({ answer: await run(task) })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    await send({ error: text, isOurs: error instanceof OwnFault })
  }
}

// one after another: whoever sent them takes the answers in their order, and blames the first for what happens
let last = Promise.resolve()
if (process.argv.includes('html')) last = last.then(async () => void (await import('./html.ts')))
last = last.then(() => send({ isReady: true }))
// with a turn of the loop between, in which more is read: who sends is not always there to send
process.on('message', (task: Task) => void (last = last.then(() => answer(task)).then(() => nextTurn())))

// whoever started us was killed
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group: the parent decides when we end
process.on('SIGINT', () => {})
