import PostalMime, { addressParser, type Address, type Email, type Mailbox } from 'postal-mime'
import { limits } from '../limits.ts'
import { digestNow, type Digest } from '../messages/digest.ts'
import { archiveNotesIn, type ArchiveNotes } from './archive-notes.ts'
import { authenticationIn, type AuthenticationResults } from './authentication.ts'
import { bytesOf, hasNullSender, headerOf, isAutomatic } from './automatic.ts'
import { reportIn, type DeliveryReport } from './delivery-report.ts'
import { mailKey } from './identity.ts'
import { readable } from './readable.ts'

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
  /** To and Cc, in order. */
  recipients: Mailbox[]
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
/** Longer is no date, whatever its comments. */
const dateCharacters = 1000
const lineFeed = 0x0a
const sendersMost = 10
const earliest = Date.UTC(1970, 0, 2)
const maxDepth = 100

const parseEmail = (raw: Uint8Array): Promise<Email> =>
  PostalMime.parse(readable(firstLines(raw)), {
    maxNestingDepth: maxDepth,
    maxHeadersSize: limits.mailHeaderBytes,
    attachmentEncoding: 'arraybuffer',
  })

/**
 * Each line costs the same, however short: 25 MB of empty ones would take half a minute. A large file has as many as it needs:
 * those of base64 have 76 characters.
 */
const firstLines = (raw: Uint8Array): Uint8Array => {
  let end = -1
  const most = Math.max(limits.mailLines, raw.length / 64)
  for (let line = 0; line < most; line++) {
    end = raw.indexOf(lineFeed, end + 1)
    if (end === -1) return raw
  }
  return raw.subarray(0, end + 1)
}

/** Takes a mail apart. Rejects where it is nested too deep or its headers are too large. */
export const parseMail = async (raw: Uint8Array): Promise<ParsedMail> => {
  const mail = await parseEmail(raw)
  const html = mail.html ? await htmlOf(mail.html.slice(0, limits.textCharacters), numbersById(mail)) : null
  const text = shortened(tidy(mail.text ?? (mail.html ? await textOf(mail.html, html) : '')))
  const [from] = mailboxes(mail.from ? [mail.from] : mail.sender ? [mail.sender] : [])
  return {
    key: mailKey(raw),
    from: from ?? null,
    senders: sendersOf(mail),
    replyTo: mailboxes(mail.replyTo ?? []).slice(0, sendersMost),
    originalFrom: originalFromOf(mail),
    isFromList: mail.headers.some(({ key }) => key === 'list-id' || key === 'list-post'),
    recipients: mailboxes([...(mail.to ?? []), ...(mail.cc ?? [])]).slice(0, limits.mailRecipients),
    messageId: idsIn(mail.messageId)[0] ?? null,
    references: [...new Set([...idsIn(mail.inReplyTo), ...idsIn(mail.references).toReversed()])].slice(
      0,
      referencesMost,
    ),
    date: dateOf(mail),
    subject: cut(oneLine(mail.subject ?? ''), limits.subjectCharacters),
    text,
    digest: digestNow(text),
    html,
    attachments: mail.attachments.slice(0, limits.mailAttachments).map((attachment, i) => ({
      name: cut(oneLine(attachment.filename ?? ''), limits.fileNameCharacters) || `attachment-${i + 1}`,
      contentType: cut(oneLine(attachment.mimeType), limits.fileNameCharacters),
      size: bytesOf(attachment.content).byteLength,
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

// what reads HTML is loaded with the first that comes: most of the start of this process would be that
const textOf = async (html: string, cleaned: string | null): Promise<string> => {
  // the parser behind it takes quadratic time on deep nesting, too
  if (cleaned === null) return html.slice(0, limits.textCharacters).replace(/<[^<>]*>/g, ' ')
  return (await import('./html-text.ts')).textOfHtml(html)
}

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

/** The content of the attachment with this number, counted from 1 as in `ParsedMail.attachments`. */
export const attachmentOf = async (raw: Uint8Array, number: number): Promise<Uint8Array | null> => {
  const attachment = (await parseEmail(raw)).attachments[number - 1]
  return attachment ? bytesOf(attachment.content) : null
}

const mailboxes = (addresses: Address[]): Mailbox[] =>
  addresses
    .flatMap((address) => address.group ?? [address])
    .map(({ name, address }) => ({ name: oneLine(name), address: oneLine(address ?? '') }))
    .filter(({ name, address }) => name !== '' || address !== '')

const sendersOf = ({ headers }: Email): Mailbox[] => {
  const said = headers.filter(({ key }) => key === 'from')
  const senders = mailboxes(said.flatMap(({ value }) => addressParser(value)))
  return said.length > 1 || senders.length > 1 ? senders.slice(0, sendersMost) : []
}

/** Google Groups and Mailman write one or the other. */
const originalFromOf = (mail: Email): Mailbox | null =>
  mailboxes(['x-original-from', 'x-original-sender'].flatMap((key) => addressParser(headerOf(mail, key) ?? '')))[0] ??
  null

/** Identifiers in angle brackets; a bare word where there are no brackets. */
const idsIn = (text = ''): string[] => {
  const bracketed = [...text.matchAll(/<([^<>\s\p{Cc}]{1,500})>/gu)].map(([, id]) => id!)
  if (bracketed.length > 0) return bracketed
  const bare = text.trim()
  return /^[^\s\p{Cc}]{3,500}$/u.test(bare) ? [bare.replace(/^<|>$/g, '')] : []
}

/** A date from 1970 to now: one from the future would stay on top of every list. */
const dateOf = (mail: Email): string | null => {
  const received = mail.headers.filter(({ key }) => key === 'received').map(({ value }) => value.split(';').at(-1)!)
  for (const text of [headerOf(mail, 'date') ?? '', ...received]) {
    const time = Date.parse(
      text
        .slice(0, dateCharacters)
        .replace(/\([^()]*\)/g, ' ')
        .trim(),
    )
    if (time >= earliest && time <= Date.now()) return new Date(time).toISOString()
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
