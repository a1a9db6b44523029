import { currentTime } from '../current-time.ts'
import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { keepMail, storeMail, type Arrival } from '../mail/store.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { isSent, reasonInNotes, reasonInPath, type Includable, type LeftOut } from './left-out.ts'
import type { Item } from './mbox.ts'
import type { Report } from './report.ts'
import { tryOut } from '../db/try-out.ts'
import { reasonOf } from './storing.ts'
import { UnderWay } from './under-way.ts'

interface Options {
  db: Db
  parser: MailParser
  workspaceId: string
  own: ReadonlySet<string>
  status: ConversationStatus
  /** What is otherwise left out. */
  include: ReadonlySet<Includable>
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

const importOne = async (item: Mail, options: Options & { seen: Seen }): Promise<void> => {
  const { place, raw } = item
  const { db, parser, dryRun, report, seen } = options
  const mail = await parser.parse(raw).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return { unreadable: error.message }
  })
  const reason = reasonToLeaveOut(item, mail, options.include)
  if (reason) return report.leaveOut(reason)
  const arrival = arrivalOf(item, mail, options)
  try {
    const { outcome, key, messageId, isNewContact, isNewConversation } = dryRun
      ? await tryOut(db, (tx) => storeMail(tx, arrival))
      : await keepMail(db, arrival)
    if (outcome === 'duplicate' || (dryRun && seen.has(key))) report.repeat(place, messageId)
    else {
      for (const notice of noticesOf(item, mail)) report.notices.push({ place, reason: notice })
      report.store(dryRun ? {} : { contact: isNewContact, conversation: isNewConversation })
    }
    seen.add(key)
  } catch (error) {
    report.fail(place, reasonOf(error))
  }
}

type Parsed = ParsedMail | { unreadable: string }

const reasonToLeaveOut = (
  { path = '', isDeleted, isDraft }: Mail,
  mail: Parsed,
  include: Options['include'],
): LeftOut | undefined => {
  const noted = 'unreadable' in mail ? undefined : reasonInNotes(mail.archive)
  const reason = isDeleted ? 'deleted' : isDraft ? 'draft' : (noted ?? reasonInPath(path))
  return reason && (include as ReadonlySet<LeftOut>).has(reason) ? undefined : reason
}

const arrivalOf = ({ raw, date }: Mail, mail: Parsed, { workspaceId, own, status }: Options): Arrival => {
  const arrival = {
    workspaceId,
    messageId: newId('msg'),
    raw,
    mail,
    own,
    source: 'IMPORT',
    isNews: false,
    status,
  } as const
  const common = { ...arrival, fallbackDate: date ?? new Date(currentTime()) }
  if ('unreadable' in mail) return common
  const { archive, from } = mail
  return {
    ...common,
    own: isSent(archive) && from && isEmail(from.address) ? new Set([...own, emailKey(from.address)]) : own,
    archiveThread: archive.threadId === null ? undefined : `gmail-thread-${archive.threadId}`,
  }
}

const noticesOf = ({ date, contains, isPartial, omitted }: Mail, mail: Parsed): string[] => [
  ...('unreadable' in mail ? [`stored, but it could not be taken apart: ${mail.unreadable}`] : []),
  ...('date' in mail && mail.date === null && !date
    ? ['stored with the time of the import: no date could be read in it']
    : []),
  ...(contains === undefined ? [] : [`its text contains what looks like another mail, from "${contains}" on`]),
  ...(omitted === undefined ? [] : [omitted]),
  ...(isPartial ? ['stored without its files: Apple Mail keeps them elsewhere'] : []),
]
