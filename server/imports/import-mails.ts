import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { keepMail, storeMail, type Arrival } from '../mail/store.ts'
import type { Item } from './mbox.ts'
import type { Report } from './report.ts'
import { reasonOf, tryOut } from './storing.ts'
import { UnderWay } from './under-way.ts'

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

/** Mails and bytes. */
const most = { items: 1024, size: 32 * 1024 * 1024 }

type Mail = Extract<Item, { raw: Buffer }>

/** Stores every mail once, a transaction each; killed half-way, the next run goes on where it stopped. */
export const importMails = async (items: AsyncIterable<Item>, options: Options): Promise<void> => {
  const seen: Seen = new Set()
  const underWay = new UnderWay(most)
  try {
    for await (const item of items)
      if ('problem' in item) options.report.fail(item.place, item.problem)
      else await underWay.add(item.raw.length, () => importOne(item, { ...options, seen }))
  } finally {
    await underWay.ended()
  }
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
