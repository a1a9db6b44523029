import { fromOf, hasNullSender, hasReportType, headerOf, isFromDaemon, subjectOf, submittedOf } from './automatic.ts'
import type { Email } from './email.ts'

/** What a mail server says became of a mail (RFC 3464, and what servers write that do not know it). */
export interface DeliveryReport {
  /** Identifiers of the mail that it is about, without angle brackets. */
  messageIds: string[]
  recipients: ReportedRecipient[]
  /** In the words of the mail server, or of whoever wrote the report. */
  reason: string
}

export interface ReportedRecipient {
  /** As it was given to the server, and as it was in the end. */
  addresses: string[]
  /** Whether it will not be tried again. */
  isFinal: boolean
  /** Such as 5.1.1 (RFC 3463). */
  status: string | null
}

// RFC 3464 and, for addresses that are not ASCII, RFC 6533
const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status'])
const originalTypes = new Set(['text/rfc822-headers', 'message/rfc822', 'message/global-headers', 'message/global'])
/** Each Message-ID is looked up in the transaction that stores the report. */
const mostOf = { messageIds: 10, recipients: 100 }
const reasonCharacters = 500
/** Of each part of a report, and of its text. */
const readBytes = 65_536

/** Null for a mail that is no report, or one about something else (a read receipt). */
export const reportIn = (mail: Email, text: string): DeliveryReport | null => {
  const [status] = partsOf(mail, statusTypes)
  // a report that somebody forwards has such a part, too
  if (status !== undefined && (hasReportType(mail) || isOfServer(mail)))
    return { messageIds: messageIdsIn(mail), recipients: recipientsIn(status), reason: reasonIn(status) }
  return isTextReport(mail, text) ? textReport(mail, text.slice(0, readBytes)) : null
}

const partsOf = ({ attachments }: Email, types: ReadonlySet<string>): string[] =>
  attachments.filter(({ mimeType }) => types.has(mimeType)).map(({ content }) => textOf(content))

/** Lines that were folded are one. */
const textOf = (content: Buffer): string =>
  content
    .subarray(0, readBytes)
    .toString()
    .replaceAll('\r\n', '\n')
    .replace(/\n[ \t]+/g, ' ')

const isOfServer = (mail: Email): boolean =>
  isFromDaemon(mail) ||
  hasNullSender(mail) ||
  submittedOf(mail).startsWith('auto-') ||
  /^(?:postmaster|microsoftexchange[0-9a-f]+)@/i.test(fromOf(mail))

const messageIdsIn = (mail: Email, copy = ''): string[] =>
  [...partsOf(mail, originalTypes).map(headersOf), copy]
    .flatMap((headers) => [...headers.matchAll(/^message-id:[ \t]*<([^<>\s]{1,500})>/gim)].map(([, id]) => id!))
    .slice(0, mostOf.messageIds)

const headersOf = (text: string): string => {
  const start = text.trimStart()
  const end = start.indexOf('\n\n')
  return end === -1 ? start : start.slice(0, end)
}

type Field = (name: string) => string | undefined

/** The first field of this name, without the type that stands before its value. */
const fieldsOf = (text: string): Field => {
  const lines = text.split('\n')
  return (name) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .replace(/^[ \t]*[a-z0-9-]+;/i, '')
      .trim()
}

/** Each has a group of fields, behind an empty line. */
const recipientsIn = (status: string): ReportedRecipient[] =>
  status
    .split('\n\n')
    .map(fieldsOf)
    .filter((field) => field('final-recipient') !== undefined)
    .slice(0, mostOf.recipients)
    .map((field) => ({
      addresses: [field('original-recipient'), field('final-recipient')].flatMap((text) =>
        text ? [text.replace(/^<|>$/g, '').toWellFormed()] : [],
      ),
      isFinal: /^failed\b/i.test(field('action') ?? ''),
      status: /^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)/.exec(field('status') ?? '')?.[0] ?? null,
    }))

const reasonIn = (status: string): string => {
  const field = fieldsOf(status)
  const why = field('diagnostic-code') || field('status') || field('action') || 'the mail server gave no reason'
  const whom = field('final-recipient')
  return oneLine(whom ? `${why} (${whom})` : why)
}

const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\uFFFD]+/gu, ' ')
    .slice(0, reasonCharacters)
    .toWellFormed()

// qmail, Exim, Exchange, Sendmail, Postfix and Gmail, in small letters
const openings = [
  'this is the qmail-send program',
  'message was created automatically by mail delivery software',
  'delivery has failed to these recipients',
  'did not reach some or all of the intended recipients',
  'could not be delivered to one or more',
  'the following recipient(s) cannot be reached',
  'delivery to the following recipient',
  'the following addresses had permanent fatal errors',
  'this is the mail system at host',
  "your message wasn't delivered to",
  "your message couldn't be delivered",
]
const openingCharacters = 2000

/** What comes from MAILER-DAEMON is always one: no customer has that name. */
const isTextReport = (mail: Email, text: string): boolean => {
  if (isFromDaemon(mail) || headerOf(mail, 'x-failed-recipients') !== undefined) return true
  if (hasReportType(mail) || !isOfServer(mail)) return false
  const beginning = text.slice(0, openingCharacters).replaceAll('’', "'").replace(/\s+/g, ' ').toLowerCase()
  return openings.some((opening) => beginning.includes(opening))
}

/** A line behind which the mail itself, or its headers, begin. */
const copyBegins =
  /^(?:--.*\b(?:copy|original|returned|below|headers)\b|original message headers:|diagnostic information for administrators:|received: )/im
const isDelay = /\b(?:delayed|warning|not yet been delivered|will be retried|will keep trying|temporar(?:y|ily))\b/i

const textReport = (mail: Email, text: string): DeliveryReport => {
  const failed = headerOf(mail, 'x-failed-recipients')
  const end = copyBegins.exec(text)?.index ?? text.length
  const said = text.slice(0, end)
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(said)?.[0] ?? null
  const isFinal =
    failed !== undefined || (!isDelay.test(`${subjectOf(mail)}\n${said}`) && (status === null || status[0] === '5'))
  return {
    messageIds: messageIdsIn(mail, text.slice(end)),
    recipients: addressesIn(failed ?? said).map((address) => ({ addresses: [address], isFinal, status })),
    reason: oneLine(subjectOf(mail) || 'the mail server gave no reason'),
  }
}

const addressesIn = (text: string): string[] => {
  const words = text.toWellFormed().split(/[\s<>(),;'"[\]]+|mailto:/)
  const addresses = words.filter((word) => /^[^@]+@[^@]+$/.test(word)).map((word) => word.replace(/[.:]{1,2}$/, ''))
  return [...new Set(addresses)].slice(0, mostOf.recipients)
}
