import { limits } from '../config.ts'

/** A mail out of an archive, or why it is not one. */
export type Item = { place: string } & ({ raw: Buffer; date?: Date | undefined } | { problem: string })

const lineFeed = 0x0a
const longestPostmark = 1024

// "From kre@munnari.OZ.AU  Thu Aug 22 12:36:23 2002": a day of the week, a time, a year
const postmark =
  // what a lookahead has found is not searched again: linear
  /^From (?=(.*?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b))\1(?=(.*?\d:\d{2}))\2.*\b\d{4}\b/
const headerLine = /^(?:[!-9;-~]+[ \t]*:|>From )/

/**
 * The mails of an mbox file (mboxrd and mboxo, LF or CRLF), with the quoting of `>From ` lines taken off.
 * A mail begins only at a line that looks like a postmark, after an empty line and before a header:
 * a sentence of a body that begins with "From " cuts nothing.
 */
export async function* readMbox(file: AsyncIterable<Buffer>, name: string): AsyncGenerator<Item> {
  let buffer: Buffer = Buffer.alloc(0)
  let searched = 0
  let number = 0
  let isOversize = false

  const take = (end: number): Item => {
    const item = isOversize ? tooLarge(`${name} #${number}`) : toItem(buffer.subarray(0, end), `${name} #${number}`)
    isOversize = false
    return item
  }

  for await (const chunk of file) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    for (;;) {
      const start = nextMail(buffer, searched)
      if (start === undefined) break
      if (start > 0 || number > 0) {
        number += 1
        yield take(start)
      }
      buffer = buffer.subarray(start)
      searched = 1
    }
    // what was searched need not be again, but for a postmark that the next chunk completes
    searched = Math.max(searched, buffer.length - 3 * longestPostmark)
    if (buffer.length > limits.mailBytes + longestPostmark) {
      isOversize = true
      buffer = buffer.subarray(buffer.length - longestPostmark)
      searched = 0
    }
  }
  // the last lines may hold one more mail, without a line end
  for (let from = 1; buffer.length > 0; from = 1) {
    const start = nextMail(buffer, from, true) ?? buffer.length
    number += 1
    yield take(start)
    buffer = buffer.subarray(start)
  }
}

const tooLarge = (place: string): Item => ({ place, problem: `larger than ${limits.mailBytes} bytes` })

/** Where the next mail's postmark begins; undefined when there is none, or when it may not have arrived whole. */
const nextMail = (buffer: Buffer, from: number, isWhole = false): number | undefined => {
  for (let at = buffer.indexOf('From ', from); at !== -1; at = buffer.indexOf('From ', at + 1)) {
    if (!afterEmptyLine(buffer, at)) continue
    const lineEnd = buffer.indexOf(lineFeed, at)
    if (lineEnd === -1) return undefined
    const nextEnd = buffer.indexOf(lineFeed, lineEnd + 1)
    if (!isWhole && nextEnd === -1 && buffer.length - lineEnd < longestPostmark) return undefined
    const line = buffer.toString('latin1', at, Math.min(lineEnd, at + longestPostmark))
    const next = buffer.toString('latin1', lineEnd + 1, lineEnd + 200)
    if (postmark.test(line) && headerLine.test(next)) return at
  }
  return undefined
}

const afterEmptyLine = (buffer: Buffer, at: number): boolean => {
  if (at === 0) return true
  if (buffer[at - 1] !== lineFeed) return false
  return (
    at === 1 || buffer[at - 2] === lineFeed || (buffer[at - 2] === 0x0d && (at === 2 || buffer[at - 3] === lineFeed))
  )
}

const toItem = (bytes: Buffer, place: string): Item => {
  const lineEnd = bytes.indexOf(lineFeed)
  const first = bytes.toString('latin1', 0, lineEnd === -1 ? bytes.length : lineEnd)
  const isMarked = first.startsWith('From ')
  const raw = unquoted(withoutSeparator(isMarked ? bytes.subarray(lineEnd + 1) : bytes))
  if (raw.length > limits.mailBytes) return tooLarge(place)
  if (raw.length === 0) return { place, problem: 'empty' }
  return { place, raw: Buffer.from(raw), date: isMarked ? dateOf(first) : undefined }
}

/** The empty line before the next postmark belongs to the archive, not to the mail. */
const withoutSeparator = (bytes: Buffer): Buffer => {
  const tail = bytes.toString('latin1', Math.max(0, bytes.length - 4))
  if (tail.endsWith('\r\n\r\n')) return bytes.subarray(0, -2)
  return tail.endsWith('\n\n') ? bytes.subarray(0, -1) : bytes
}

const unquoted = (bytes: Buffer): Buffer =>
  bytes.includes('>From ') ? Buffer.from(bytes.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1') : bytes

const dateOf = (line: string): Date | undefined => {
  const text = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*$/.exec(line)?.[0] ?? ''
  const time = Date.parse(/[+-]\d{4}|\b[A-Z]{3,4}\b/.test(text) ? text : `${text} UTC`)
  return time > 0 && time < Date.now() ? new Date(time) : undefined
}
