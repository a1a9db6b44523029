import { createHash } from 'node:crypto'
import type { Mailbox } from './mailboxes.ts'

/** A part of a mail: its header fields, and what follows them. */
export interface Entity {
  fields: string[]
  body: Buffer
}

interface File {
  name: string
  contentType: string
  contentId?: string
  content: Buffer
}

const lineEnd = '\r\n'
/** Bytes that fill lines of base64, and so many of them at once. */
const encodedAtOnce = 57 * 4096
/** Others would be taken apart where they are read. */
const simpleType = /^(?!multipart\/|message\/)[\w.+-]{1,100}\/[\w.+-]{1,100}$/

export const rawOf = ({ fields, body }: Entity): Buffer =>
  Buffer.concat([Buffer.from([...fields, '', ''].join(lineEnd)), body])

/** In UTF-8 (RFC 6532). */
export const fieldFrom = (name: string, value: string): string => `${name}: ${oneLine(value)}`

export const mailboxFrom = ({ name, address }: Mailbox): string => {
  const quoted = name === '' ? '' : `"${oneLine(name).replace(/["\\]/g, '\\$&')}"`
  return address === '' ? quoted : `${quoted} <${oneLine(address).replace(/[<>\s]/g, '')}>`.trim()
}

export const textPart = (kind: 'plain' | 'html', text: string): Entity => ({
  fields: [`Content-Type: text/${kind}; charset=utf-8`, 'Content-Transfer-Encoding: base64'],
  body: inBase64(Buffer.from(text)),
})

export const filePart = ({ name, contentType, contentId, content }: File): Entity => ({
  fields: [
    `Content-Type: ${simpleType.test(contentType) ? contentType : 'application/octet-stream'}`,
    attached(name),
    ...(contentId ? [fieldFrom('Content-ID', `<${contentId.replace(/[<>\s]/g, '')}>`)] : []),
    'Content-Transfer-Encoding: base64',
  ],
  body: inBase64(content),
})

/** Without a name it is called by its subject where it is read. */
export const messagePart = (name: string, raw: Buffer): Entity => ({
  fields: ['Content-Type: message/rfc822', attached(name)],
  body: raw,
})

/** The same parts make the same bytes: a copy is known by them. */
export const multipart = (kind: 'mixed' | 'alternative', parts: Entity[]): Entity => {
  const [first, ...others] = parts.map(rawOf)
  if (parts.length < 2) return parts[0]!
  const hash = createHash('sha256')
  for (const raw of [first!, ...others]) hash.update(raw)
  const boundary = `=_${hash.digest('hex')}`
  const delimiter = Buffer.from(`${lineEnd}--${boundary}${lineEnd}`)
  return {
    fields: [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    body: Buffer.concat([
      delimiter.subarray(lineEnd.length),
      first!,
      ...others.flatMap((raw) => [delimiter, raw]),
      Buffer.from(`${lineEnd}--${boundary}--${lineEnd}`),
    ]),
  }
}

const attached = (name: string): string =>
  `Content-Disposition: attachment${name === '' ? '' : `; filename*=utf-8''${encodeURIComponent(oneLine(name))}`}`

const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()

const inBase64 = (bytes: Buffer): Buffer => {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += encodedAtOnce) {
    const encoded = bytes.toString('base64', at, Math.min(at + encodedAtOnce, bytes.length))
    pieces.push(Buffer.from(encoded.replace(/.{1,76}/g, `$&${lineEnd}`), 'latin1'))
  }
  return Buffer.concat(pieces)
}
