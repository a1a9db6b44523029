import { isUtf8 } from 'node:buffer'
import { decodeWords } from 'postal-mime'

const windows1252 = new TextDecoder('windows-1252')
const unknown = '\uFFFD'
const saysUtf8 = /=\?utf-?8\?/i

/**
 * The mail with its charsets put right where nobody declared them, or declared them wrong: 8-bit text that is not
 * UTF-8 is taken for windows-1252, as mail clients do. Only for the parser; what is stored is the mail as it came.
 */
export const readable = (raw: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const end = headEnd(bytes)
  const head = bytes.subarray(0, end)
  const body = bytes.subarray(end)
  const text = asText(head)
  const headers = saysUtf8.test(text)
    ? text
        .split(/\n(?![ \t])/)
        .map(relabelled)
        .join('\n')
    : text
  const isUndeclared = !/^content-type:.*(\n[ \t].*)*(charset|multipart|message)/im.test(text)
  const isUnchanged = isUtf8(head) && headers === text
  const hasBadBody = isUndeclared && !isUtf8(body)
  if (isUnchanged && !hasBadBody) return raw
  return Buffer.concat([
    isUnchanged ? head : Buffer.from(headers),
    hasBadBody ? Buffer.from(windows1252.decode(body)) : body,
  ])
}

/** Where the empty line behind the headers begins. */
export const headEnd = (bytes: Buffer): number => {
  const ends = [bytes.indexOf('\n\n'), bytes.indexOf('\n\r\n')].filter((at) => at !== -1)
  return ends.length === 0 ? bytes.length : Math.min(...ends) + 1
}

/** Line by line: one header in another charset does not spoil the others. */
const asText = (head: Buffer): string => {
  if (isUtf8(head)) return head.toString()
  const lines = head.toString('latin1').split('\n')
  return lines
    .map((line) => Buffer.from(line, 'latin1'))
    .map((line) => (isUtf8(line) ? line.toString() : windows1252.decode(line)))
    .join('\n')
}

/** Encoded words that say UTF-8 and are not. */
const relabelled = (header: string): string =>
  saysUtf8.test(header) && decodeWords(header).includes(unknown)
    ? header.replace(/=\?utf-?8\?/gi, '=?windows-1252?')
    : header
