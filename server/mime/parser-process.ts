import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { compileLate } from '../compile-late.ts'
import { JoinedBlob } from './blob.ts'
import { attachmentOf, parseMail, type ParsedMail } from './parse.ts'

export interface Work {
  parse: { ask: Uint8Array; answer: ParsedMail }
  attachment: { ask: { raw: Uint8Array; number: number }; answer: Uint8Array | null }
  clean: { ask: string; answer: string }
}

export type Task = { [K in keyof Work]: { kind: K; ask: Work[K]['ask'] } }[keyof Work]

setFlagsFromString(compileLate)
globalThis.Blob = JoinedBlob as unknown as typeof Blob

const run = async (task: Task): Promise<unknown> => {
  if (task.kind === 'parse') return parseMail(task.ask)
  if (task.kind === 'attachment') return attachmentOf(task.ask.raw, task.ask.number)
  const { cleanHtml } = await import('./html.ts')
  return cleanHtml(task.ask)
}

const answer = async (task: Task): Promise<void> => {
  try {
    process.send!({ answer: await run(task) })
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.message : String(error) })
  }
}

// one after another: whoever sent them takes the answers in their order, and blames the first for what happens
let last = Promise.resolve()
// with a turn of the loop between, in which more is read: who sends is not always there to send
process.on('message', (task: Task) => void (last = last.then(() => answer(task)).then(() => nextTurn())))

// whoever started us was killed
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group: the parent decides when we end
process.on('SIGINT', () => {})
