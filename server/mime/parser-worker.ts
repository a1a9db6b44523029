import { parentPort } from 'node:worker_threads'
import { cleanHtml } from './html.ts'
import { attachmentOf, parseMail, type ParsedMail } from './parse.ts'

export interface Work {
  parse: { ask: Uint8Array; answer: ParsedMail }
  attachment: { ask: { raw: Uint8Array; number: number }; answer: Uint8Array | null }
  clean: { ask: string; answer: string }
}

export type Task = { [K in keyof Work]: { kind: K; ask: Work[K]['ask'] } }[keyof Work]

const run = (task: Task): Promise<unknown> | string => {
  if (task.kind === 'parse') return parseMail(task.ask)
  if (task.kind === 'attachment') return attachmentOf(task.ask.raw, task.ask.number)
  return cleanHtml(task.ask)
}

parentPort!.on('message', async (task: Task) => {
  try {
    parentPort!.postMessage({ answer: await run(task) })
  } catch (error) {
    parentPort!.postMessage({ error: error instanceof Error ? error.message : String(error) })
  }
})
