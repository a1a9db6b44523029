import type { Email } from './email.ts'

/** On every mail that we send: one that comes back with it has gone round in a circle. */
export const loopHeader = 'X-Support-Inbox-Loop'

/** What a mail server says became of a mail (RFC 3464). */
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

const bulk = /^(bulk|junk|list|auto_reply)$/i
// RFC 3464 and, for addresses that are not ASCII, RFC 6533
const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status'])
const originalTypes = new Set(['text/rfc822-headers', 'message/rfc822', 'message/global-headers', 'message/global'])
/** Each Message-ID is looked up in the transaction that stores the report. */
const mostOf = { messageIds: 10, recipients: 100 }
const reasonCharacters = 500
/** Of each part of a report. */
const readBytes = 65_536

export const headerOf = (mail: Email, key: string): string | undefined =>
  mail.headers.find((found) => found.key === key)?.value

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)

/** RFC 3834 and what was usual before it. */
export const isAutomatic = (mail: Email): boolean =>
  !/^(no\b.*)?$/i.test(headerOf(mail, 'auto-submitted')?.trim() ?? '') ||
  bulk.test(headerOf(mail, 'precedence')?.trim() ?? '') ||
  mail.headers.some(({ key }) => key.startsWith('list-') || automatic.has(key)) ||
  isReport(mail)

const automatic = new Set(['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', loopHeader.toLowerCase()])

const isReport = (mail: Email): boolean => /^\s*multipart\/report\b/i.test(headerOf(mail, 'content-type') ?? '')

/** Null for a mail that is no report, or one about something else (a read receipt). */
export const reportIn = (mail: Email): DeliveryReport | null => {
  if (!isReport(mail)) return null
  const textsOf = (types: ReadonlySet<string>) =>
    mail.attachments.filter(({ mimeType }) => types.has(mimeType)).map(({ content }) => textOf(content))
  const [status] = textsOf(statusTypes)
  if (status === undefined) return null
  const messageIds = textsOf(originalTypes)
    .map(headersOf)
    .flatMap((headers) => [...headers.matchAll(/^message-id:[ \t]*<([^<>\s]{1,500})>/gim)].map(([, id]) => id!))
  return {
    messageIds: messageIds.slice(0, mostOf.messageIds),
    recipients: recipientsIn(status),
    reason: reasonIn(status),
  }
}

/** Lines that were folded are one. */
const textOf = (content: ArrayBuffer | Uint8Array | string): string =>
  Buffer.from(bytesOf(content).subarray(0, readBytes))
    .toString()
    .replaceAll('\r\n', '\n')
    .replace(/\n[ \t]+/g, ' ')

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
  const text = whom ? `${why} (${whom})` : why
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\uFFFD]+/gu, ' ')
    .slice(0, reasonCharacters)
    .toWellFormed()
}
