import { headerOf } from './automatic.ts'
import type { Email } from './email.ts'
import { decodeWords } from './encoded-words.ts'

/** What a mail program or provider noted in the header of a mail that it archived. */
export interface ArchiveNotes {
  /** Gmail's, in lower case and in the language of the mailbox. */
  labels: string[]
  /** Gmail's; null where it has none. */
  threadId: string | null
  isDeleted: boolean
  isDraft: boolean
}

// nsMsgMessageFlags.h of Thunderbird: deleted, but not yet removed from the file
const mozillaDeleted = 0x0008

/** Of mails in archives only: whoever sends a mail can write these headers, too. */
export const archiveNotesIn = (mail: Email): ArchiveNotes => {
  const labels = headerOf(mail, 'x-gmail-labels') ?? headerOf(mail, 'x-gm-labels') ?? ''
  const mozilla = Number.parseInt(headerOf(mail, 'x-mozilla-status') ?? '0', 16)
  // mutt and others: R read, O old, D deleted, A answered, F flagged, T draft
  const status = headerOf(mail, 'x-status') ?? ''
  return {
    labels: decodeWords(labels)
      .split(',')
      .map((label) => label.trim().replaceAll('"', '').replace(/^\\/, '').toLowerCase())
      .filter((label) => label !== ''),
    threadId: /^\d{1,20}$/.exec(headerOf(mail, 'x-gm-thrid')?.trim() ?? '')?.[0] ?? null,
    isDeleted: (mozilla & mozillaDeleted) !== 0 || status.includes('D'),
    isDraft: status.includes('T'),
  }
}
