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

process.on('message', async (task: Task) => {
  try {
    process.send!({ answer: await run(task) })
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.message : String(error) })
  }
})

// whoever started us was killed
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group: the parent decides when we end
process.on('SIGINT', () => {})
