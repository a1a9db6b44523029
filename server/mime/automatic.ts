import type { Email } from 'postal-mime'

/** On every mail that we send: one that comes back with it has gone round in a circle. */
export const loopHeader = 'X-Support-Inbox-Loop'

/** What a mail server says became of a mail (RFC 3464). */
export interface DeliveryReport {
  /** Identifiers of the mail that it is about, without angle brackets. */
  messageIds: string[]
  /** Whether it will not be tried again. */
  isFinal: boolean
  reason: string
}

const bulk = /^(bulk|junk|list|auto_reply)$/i
const reportTypes = new Set([
  'message/delivery-status',
  'text/rfc822-headers',
  'message/rfc822',
  'message/global-headers',
])
const reasonCharacters = 500
/** Of each part of a report. */
const readBytes = 65_536

export const headerOf = (mail: Email, key: string): string | undefined =>
  mail.headers.find((found) => found.key === key)?.value

export const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
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
  const parts = mail.attachments
    .filter(({ mimeType }) => reportTypes.has(mimeType))
    .map(({ mimeType, content }) => ({ isStatus: mimeType === 'message/delivery-status', text: textOf(content) }))
  const status = parts.find(({ isStatus }) => isStatus)?.text
  if (status === undefined) return null
  const original = parts.filter(({ isStatus }) => !isStatus).map(({ text }) => headersOf(text))
  return {
    messageIds: original.flatMap((headers) =>
      [...headers.matchAll(/^message-id:\s*<([^<>\s]{1,500})>/gim)].map(([, id]) => id!),
    ),
    isFinal: /^action:\s*failed\b/im.test(status),
    reason: reasonIn(status),
  }
}

/** What the message says that a report becomes. */
export const textOfReport = ({ isFinal, reason }: DeliveryReport, text: string): string =>
  `${isFinal ? 'Could not be delivered' : 'Delivery report'}: ${reason}\n\n${text}`

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

const reasonIn = (status: string): string => {
  const lines = status.split('\n')
  const field = (name: string) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .replace(/^[ \t]*[a-z0-9-]+;/i, '')
      .trim()
  const why = field('diagnostic-code') || field('status') || field('action') || 'the mail server gave no reason'
  const whom = field('final-recipient')
  const text = whom ? `${why} (${whom})` : why
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\uFFFD]+/gu, ' ')
    .slice(0, reasonCharacters)
    .toWellFormed()
}
