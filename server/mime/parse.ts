import { limits } from '../limits.ts'
import { digestNow, type Digest } from '../messages/digest.ts'
import { archiveNotesIn, type ArchiveNotes } from './archive-notes.ts'
import { authenticationIn, type AuthenticationResults } from './authentication.ts'
import { hasNullSender, headerOf, isAutomatic } from './automatic.ts'
import { dateIn } from './dates.ts'
import { reportIn, type DeliveryReport } from './delivery-report.ts'
import { type Email, readEmail } from './email.ts'
import { decodeWords } from './encoded-words.ts'
import { fieldOf, headEnd } from './headers.ts'
import { mailKey } from './identity.ts'
import { endsLinesWithReturns, withLineFeeds } from './line-ends.ts'
import { type Mailbox, mailboxesOf } from './mailboxes.ts'
import { htmlOfBlocks, textOfBlocks } from './body.ts'

export interface ParsedMail {
  /** Equal for two copies of one mail. */
  key: string
  from: Mailbox | null
  /** Where it says several times whom it is from, or names several people: the first of them. Else empty. */
  senders: Mailbox[]
  /** Where its author wants answers. */
  replyTo: Mailbox[]
  /** Who wrote it, by the words of a list that has put itself into From. */
  originalFrom: Mailbox | null
  /** Whether a list has handed it on. */
  isFromList: boolean
  to: Mailbox[]
  cc: Mailbox[]
  /** Stands in mails that their sender kept. */
  bcc: Mailbox[]
  /** Without angle brackets. */
  messageId: string | null
  /** What it answers first, then the rest of the thread from the newest to the oldest. */
  references: string[]
  /** ISO 8601, where the Date header or else a Received header can be read. */
  date: string | null
  subject: string
  text: string
  digest: Digest
  /** Cleaned. */
  html: string | null
  attachments: { name: string; contentType: string; size: number }[]
  /** Written by a program: an auto-reply, a report, or one of our own that came round. */
  isAutomatic: boolean
  /** Whether Return-Path says that its envelope had no sender. */
  hasNullSender: boolean
  /** What became of a mail that was sent before. */
  report: DeliveryReport | null
  /** What servers on its way found out about its sender. */
  authentication: AuthenticationResults[]
  archive: ArchiveNotes
}

const referencesMost = 50
const lineFeed = 0x0a
const sendersMost = 10

const parseEmail = (raw: Uint8Array): Email => readEmail(linesOf(raw))

const linesOf = (raw: Uint8Array): Buffer => {
  const lines = firstLines(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  return endsLinesWithReturns(lines) ? withLineFeeds(lines) : lines
}

/**
 * Each line costs the same, however short: 25 MB of empty ones would take half a minute. A large file has as many as it needs:
 * those of base64 have 76 characters.
 */
const firstLines = (raw: Buffer): Buffer => {
  let end = -1
  const most = Math.max(limits.mailLines, raw.length / 64)
  for (let line = 0; line < most; line++) {
    end = raw.indexOf(lineFeed, end + 1)
    if (end === -1) return raw
  }
  return raw.subarray(0, end + 1)
}

/** What the header of a mail says about people. */
const peopleIn = (mail: Email): People => {
  const field = (key: string) => fieldOf(mail.headers, key)
  const recipients = (key: string) => all(mail, key).slice(0, limits.mailRecipients)
  const [from = null] = [...mailboxes(field('from')), ...mailboxes(field('sender'))]
  const replyTo = all(mail, 'reply-to').slice(0, sendersMost)
  return { from, replyTo, to: recipients('to'), cc: recipients('cc'), bcc: recipients('bcc') }
}

export type People = Pick<ParsedMail, 'from' | 'replyTo' | 'to' | 'cc' | 'bcc'>

/** The same, from the beginning of a mail that has its header. */
export const peopleInHead = (raw: Uint8Array): People => {
  const lines = linesOf(raw)
  return peopleIn(readEmail(lines.subarray(0, headEnd(lines))))
}

/** Takes a mail apart. Rejects where it is nested too deep or its headers are too large. */
export const parseMail = async (raw: Uint8Array): Promise<ParsedMail> => {
  const mail = parseEmail(raw)
  const whole = htmlOfBlocks(mail.blocks)
  const html = whole === '' ? null : await htmlOf(whole.slice(0, limits.textCharacters), numbersById(mail))
  const text = shortened(tidy(await textOfBlocks(mail.blocks)))
  const field = (key: string) => fieldOf(mail.headers, key)
  const words = (key: string) => decodeWords(field(key) ?? '')
  return {
    key: mailKey(raw),
    ...peopleIn(mail),
    senders: sendersOf(mail),
    originalFrom: originalFromOf(mail),
    isFromList: mail.headers.some(({ key }) => key === 'list-id' || key === 'list-post'),
    messageId: idsIn(words('message-id'))[0] ?? null,
    references: [...new Set([...idsIn(words('in-reply-to')), ...idsIn(words('references')).toReversed()])].slice(
      0,
      referencesMost,
    ),
    date: dateOf(mail),
    subject: cut(oneLine(words('subject')), limits.subjectCharacters),
    text,
    digest: digestNow(text),
    html,
    attachments: mail.attachments.slice(0, limits.mailAttachments).map((attachment, i) => ({
      name: nameOf(attachment, i),
      contentType: cut(oneLine(attachment.mimeType), limits.fileNameCharacters),
      size: attachment.content.byteLength,
    })),
    isAutomatic: isAutomatic(mail, text),
    hasNullSender: hasNullSender(mail),
    report: reportIn(mail, text),
    authentication: authenticationIn(mail),
    archive: archiveNotesIn(mail),
  }
}

const numbersById = ({ attachments }: Email): Map<string, number> =>
  new Map(attachments.flatMap(({ contentId }, i) => (contentId ? [[contentId.replace(/^<|>$/g, ''), i + 1]] : [])))

/** Null where it is too much to be shown: the text, and the raw mail, are there all the same. */
const htmlOf = async (html: string, inline: ReadonlyMap<string, number>): Promise<string | null> => {
  const { cleanHtml, TooMuch } = await import('./html.ts')
  try {
    return tidy(cleanHtml(html, inline))
  } catch (error) {
    if (error instanceof TooMuch) return null
    throw error
  }
}

const nameOf = ({ filename }: Email['attachments'][number], i: number): string =>
  cut(oneLine(filename), limits.fileNameCharacters) || `attachment-${i + 1}`

/** An attachment as it was listed when its mail was stored; counted from 1. */
export interface Listed {
  number: number
  name: string
  size: number
}

/** Earlier versions gave files that were not in base64 one more line end. */
const lineEnd = 2

/**
 * The content of an attachment. Earlier versions did not count all files alike: where the one with this number is another one, it is
 * looked for by name and size.
 */
export const attachmentOf = (raw: Uint8Array, { number, name, size }: Listed): Uint8Array | null => {
  const files = parseEmail(raw).attachments.map((file, i) => ({ ...file, name: nameOf(file, i) }))
  const hasSize = ({ content }: { content: Buffer }) => Math.abs(content.byteLength - size) <= lineEnd
  const atPlace = files[number - 1]
  if (atPlace?.name === name) return atPlace.content
  const named = files.filter((file) => file.name === name)
  const found = named.find(hasSize) ?? named[0] ?? (atPlace && hasSize(atPlace) ? atPlace : undefined)
  return found?.content ?? null
}

const mailboxes = (header: string | undefined): Mailbox[] =>
  mailboxesOf(header)
    .map(({ name, address }) => ({ name: oneLine(name), address: oneLine(address) }))
    .filter(({ name, address }) => name !== '' || address !== '')

/** In all fields with this name. */
const all = ({ headers }: Email, name: string): Mailbox[] =>
  headers.filter(({ key }) => key === name).flatMap(({ bytes }) => mailboxes(bytes))

const sendersOf = (mail: Email): Mailbox[] => {
  const senders = all(mail, 'from')
  const isRepeated = mail.headers.filter(({ key }) => key === 'from').length > 1
  return isRepeated || senders.length > 1 ? senders.slice(0, sendersMost) : []
}

/** Google Groups and Mailman write one or the other. */
const originalFromOf = (mail: Email): Mailbox | null =>
  ['x-original-from', 'x-original-sender'].flatMap((key) => all(mail, key))[0] ?? null

/** Identifiers in angle brackets; a bare word where there are no brackets. */
const idsIn = (text = ''): string[] => {
  const bracketed = [...text.matchAll(/<([^<>\s\p{Cc}]{1,500})>/gu)].map(([, id]) => id!)
  if (bracketed.length > 0) return bracketed
  const bare = text.trim()
  return /^[^\s\p{Cc}]{3,500}$/u.test(bare) ? [bare.replace(/^<|>$/g, '')] : []
}

const dateOf = (mail: Email): string | null => {
  const received = mail.headers.filter(({ key }) => key === 'received').map(({ value }) => value.split(';').at(-1)!)
  for (const text of [headerOf(mail, 'date') ?? '', ...received]) {
    const date = dateIn(text)
    if (date !== null) return date
  }
  return null
}

const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()

const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed()

const shortened = (text: string): string =>
  text.length <= limits.textCharacters ? text : `${cut(text, limits.textCharacters)}\n[…] The rest is in the raw mail.`

/** PostgreSQL takes no NUL, neither engine a lone surrogate; the raw mail keeps what was there. */
const tidy = (text: string): string => text.toWellFormed().replaceAll('\0', '').replaceAll('\r\n', '\n').trimEnd()
