import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { keepMail, storeMail, type Arrival } from '../mail/store.ts'
import type { Item } from './mbox.ts'
import type { Report } from './report.ts'
import { reasonOf, tryOut } from './storing.ts'

interface Options {
  db: Db
  parser: MailParser
  workspaceId: string
  own: ReadonlySet<string>
  status: ConversationStatus
  dryRun: boolean
  report: Report
}

/** Keys of the mails of this run: a dry run stores nothing that a second copy would be found by. */
type Seen = Set<string>

/** Mails on their way: enough to keep the parser and the disk busy, few enough for a small memory. */
const mostMails = 1024
const mostBytes = 32 * 1024 * 1024

type Mail = Extract<Item, { raw: Buffer }>

/** Stores every mail once, a transaction each; killed half-way, the next run goes on where it stopped. */
export const importMails = async (items: AsyncIterable<Item>, options: Options): Promise<void> => {
  const seen: Seen = new Set()
  let failure: { error: unknown } | undefined
  const underWay = { mails: 0, bytes: 0 }
  const hasRoom = (more: number) =>
    underWay.mails === 0 || (underWay.mails < mostMails && underWay.bytes + more <= mostBytes)
  let onEnd = () => {}
  const oneEnds = () => new Promise<void>((resolve) => (onEnd = resolve))
  try {
    for await (const item of items) {
      if ('problem' in item) {
        options.report.fail(item.place, item.problem)
        continue
      }
      while (!hasRoom(item.raw.length)) await oneEnds()
      if (failure) break
      underWay.mails += 1
      underWay.bytes += item.raw.length
      void importOne(item, { ...options, seen })
        .catch((error: unknown) => void (failure = { error }))
        .finally(() => {
          underWay.mails -= 1
          underWay.bytes -= item.raw.length
          onEnd()
        })
    }
  } finally {
    while (underWay.mails > 0) await oneEnds()
  }
  if (failure) throw failure.error
}

const importOne = async ({ place, raw, date }: Mail, options: Options & { seen: Seen }): Promise<void> => {
  const { db, parser, workspaceId, own, status, dryRun, report, seen } = options
  const mail = await parser.parse(raw).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return { unreadable: error.message }
  })
  const arrival: Arrival = {
    workspaceId,
    messageId: newId('msg'),
    raw,
    mail,
    own,
    source: 'IMPORT',
    isNews: false,
    status,
    fallbackDate: date ?? new Date(),
  }
  try {
    const { outcome, key, messageId, isNewContact, isNewConversation } = dryRun
      ? await tryOut(db, (tx) => storeMail(tx, arrival))
      : await keepMail(db, arrival)
    if (outcome === 'duplicate' || (dryRun && seen.has(key))) report.repeat(place, messageId)
    else {
      if ('unreadable' in mail) report.unreadable.push({ place, reason: mail.unreadable })
      report.store(dryRun ? {} : { contact: isNewContact, conversation: isNewConversation })
    }
    seen.add(key)
  } catch (error) {
    report.fail(place, reasonOf(error))
  }
}
