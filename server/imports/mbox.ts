import { limits } from '../limits.ts'
import { FileRemover, withoutFiles } from '../mime/without-files.ts'
import { headerNames, looksLikeMail, postmarkDate, separatorOf } from './mbox-separator.ts'

/** A mail out of an archive, or why it is not one. */
export type Item = { place: string } & (
  | {
      raw: Buffer
      date?: Date | undefined
      /** The first line of what looks like another mail in its body. */
      contains?: string | undefined
      /** Where its file is in a folder that is imported. */
      path?: string | undefined
      isDeleted?: boolean
      isDraft?: boolean
      /** Whether its files are not in it. */
      isPartial?: boolean
      /** What was not kept of it. */
      omitted?: string | undefined
    }
  | { problem: string }
)

const lineFeed = 0x0a
/** How much of the header behind a possible separator is looked at, and how much of the line itself. Bytes. */
const lookahead = 16 * 1024
const longestLine = 1024
const byteOrderMark = Buffer.from('\uFEFF')

/**
 * The mails of an mbox file (mboxrd and mboxo, LF or CRLF, with or without empty lines between mails), with the quoting of
 * `>From ` lines removed. Text that begins with "From " separates mails only before a header; where it stays in a
 * body and yet looks like another mail, the item says so.
 */
export async function* readMbox(
  file: AsyncIterable<Buffer>,
  name: string,
  mailBytes: number = limits.mailBytes,
): AsyncGenerator<Item> {
  /** Begins where the current mail begins. */
  let buffer: Buffer = Buffer.alloc(0)
  let searched = 0
  let number = 1
  let isStart = true
  let isPatches = false
  /** Of a mail that is too large, and what it has kept so far; its first line is apart. */
  let remover: FileRemover | undefined
  let kept: Buffer[] = []
  let separator = ''
  let contains: string | undefined

  const take = (end: number): Item => {
    const place = `${name} #${number}`
    const bytes = buffer.subarray(0, end)
    const whole = remover ? Buffer.concat([...kept, remover.write(bytes), remover.end()]) : bytes
    const omitted = remover?.omitted
    const item = toItem(whole, { place, contains, mailBytes, ...(remover ? { separator, omitted } : {}) })
    buffer = buffer.subarray(end)
    number += 1
    searched = 0
    remover = undefined
    kept = []
    contains = undefined
    return item
  }

  /** Where the next mail begins; undefined where it does not, or may not have arrived whole. */
  const nextMail = (isWhole: boolean): number | undefined => {
    for (let at = buffer.indexOf('\nFrom', searched); at !== -1; at = buffer.indexOf('\nFrom', searched)) {
      const start = at + 1
      if (!isWhole && buffer.length - start < longestLine + lookahead) return undefined
      searched = start
      const line = lineAt(buffer, start)
      const separator = separatorOf(line, { isPatches })
      if (separator === 'none') continue
      const names = headerNames(linesAfter(buffer, start))
      const isCertain = separator === 'postmark' && isAfterEmptyLine(buffer, start)
      if (separator !== 'text' && (isCertain ? names.length > 0 : looksLikeMail(names))) return start
      if (looksLikeMail(names)) contains ??= line.slice(0, 100)
    }
    searched = Math.max(searched, buffer.length - '\nFrom'.length)
    return undefined
  }

  for await (const chunk of file) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    if (isStart) {
      if (buffer.indexOf(byteOrderMark) === 0) buffer = buffer.subarray(byteOrderMark.length)
      isPatches = separatorOf(lineAt(buffer, 0), { isPatches: false }) === 'text'
      isStart = false
    }
    for (let start = nextMail(false); start !== undefined; start = nextMail(false)) yield take(start)
    if (buffer.length > (remover ? 0 : mailBytes) + longestLine + lookahead) {
      const end = buffer.length - longestLine - lookahead
      if (!remover) separator = lineAt(buffer, 0)
      const start = remover || !isMarked(separator) ? 0 : buffer.indexOf(lineFeed) + 1
      remover ??= new FileRemover(mailBytes)
      kept.push(remover.write(buffer.subarray(start, end)))
      searched = Math.max(0, searched - end)
      buffer = buffer.subarray(end)
    }
  }
  while (buffer.length > 0) yield take(nextMail(true) ?? buffer.length)
}

/** Whether a line begins a mail of an archive and is none of its own. */
const isMarked = (line: string): boolean => line === 'From' || line.startsWith('From ')

const lineAt = (buffer: Buffer, start: number): string => {
  const end = buffer.indexOf(lineFeed, start)
  return buffer.toString('latin1', start, Math.min(end === -1 ? buffer.length : end, start + longestLine)).trimEnd()
}

/** One by one, as far as they are asked for. */
function* linesAfter(buffer: Buffer, start: number): Generator<string> {
  for (let end = buffer.indexOf(lineFeed, start); end !== -1; end = buffer.indexOf(lineFeed, end + 1)) {
    if (end - start > lookahead) return
    yield lineAt(buffer, end + 1)
  }
}

const isAfterEmptyLine = (buffer: Buffer, start: number): boolean =>
  buffer[start - 2] === lineFeed || (buffer[start - 2] === 0x0d && (start === 2 || buffer[start - 3] === lineFeed))

interface Found {
  place: string
  contains: string | undefined
  mailBytes: number
  /** The line above it, where it is not in the bytes any more. */
  separator?: string
  omitted?: string | undefined
}

const toItem = (bytes: Buffer, { place, mailBytes, separator, ...found }: Found): Item => {
  const first = separator ?? lineAt(bytes, 0)
  const lineEnd = bytes.indexOf(lineFeed)
  const isAbove = separator === undefined && isMarked(first)
  const mail = unquoted(withoutSeparator(isAbove ? bytes.subarray(lineEnd === -1 ? bytes.length : lineEnd + 1) : bytes))
  if (mail.length === 0) return { place, problem: 'empty' }
  const date = isMarked(first) ? postmarkDate(first) : undefined
  return {
    place,
    date,
    omitted: found.omitted,
    contains: found.contains,
    ...withoutFiles(Buffer.from(mail), mailBytes),
  }
}

/** The empty line before the next separator belongs to the archive, not to the mail. */
const withoutSeparator = (bytes: Buffer): Buffer => {
  const tail = bytes.toString('latin1', Math.max(0, bytes.length - 4))
  if (tail.endsWith('\r\n\r\n')) return bytes.subarray(0, -2)
  return tail.endsWith('\n\n') ? bytes.subarray(0, -1) : bytes
}

const unquoted = (bytes: Buffer): Buffer =>
  bytes.includes('>From ') ? Buffer.from(bytes.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1') : bytes
