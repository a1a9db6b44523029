import { limits } from '../limits.ts'
import { headEnd } from './headers.ts'
import { endsLinesWithReturns, withLineFeeds } from './line-ends.ts'
import { fieldsIn, nameIn, parameterOf, typeIn, valueOf } from './part-headers.ts'

/** Of a mail that is too large to be kept whole. */
export interface Kept {
  raw: Buffer
  /** One line that names what is not in it; undefined where it is whole. */
  omitted?: string | undefined
}

const ownBoundary = '=_files_were_omitted'
const depthMost = 100
const partHeaderBytes = 64 * 1024
/** A longer line is no boundary (RFC 2046: 70 characters). */
const boundaryLine = 512
const namesMost = 50
/** A part costs as much as so many lines. */
const linesOfPart = 50
/** For the sentence at the end. */
const reserve = 32 * 1024
/** Of base64 in lines of 76 characters. */
const decoded = 57 / 78

const [dash, lineFeed, carriageReturn] = [0x2d, 0x0a, 0x0d]

/** What reports are made of is no file. */
const isText =
  /^(?:text\/|message\/(?:global-)?(?:delivery-status|disposition-notification|headers)$|message\/feedback-report$)/

interface OmittedFile {
  /** Empty where there are too many to name. */
  name: string
  isBase64: boolean
  bytes: number
}

/**
 * Takes a mail piece by piece and gives back what is kept of one that is too large: its headers, its texts, and at its end a
 * text that names the files which are not. In linear time and little memory; what it gives is never longer than `most`.
 */
export class FileRemover {
  readonly #most: number
  readonly #budget: number
  /** The multiparts that the line is in, from the outside in, with their places. */
  #open: string[] = []
  #places = new Map<string, number>()
  #mode: 'headers' | 'text' | 'file' = 'headers'
  /** The boundary above a part, and the part's headers, until it is known whether it is kept. */
  #boundary: Buffer | undefined
  #headers: Buffer[] = []
  #headerBytes = 0
  #file: OmittedFile | undefined
  #files: OmittedFile[] = []
  #filesMore = 0
  /** That were looked at one by one: beyond a number the rest is not read. */
  #lines = 0
  #given = 0
  #cut = 0
  #rest: Buffer = Buffer.alloc(0)
  #isLineStart = true
  /** Whether lines end with CR alone; undefined until it is known. */
  #hasReturns: boolean | undefined
  #isWrapped = false
  #eol = '\r\n'
  #out: Buffer[] = []

  constructor(most: number) {
    this.#most = most
    this.#budget = most - reserve
  }

  write(chunk: Buffer): Buffer {
    const arrived = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#hasReturns !== undefined || hasHead(arrived)) this.#takeLines(arrived)
    else this.#rest = arrived
    return this.#flush()
  }

  #takeLines(arrived: Buffer): void {
    this.#hasReturns ??= endsLinesWithReturns(arrived)
    // what follows a CR tells whether it stands alone
    const end = this.#hasReturns && arrived.at(-1) === carriageReturn ? arrived.length - 1 : arrived.length
    const whole = arrived.subarray(0, end)
    const bytes = this.#hasReturns ? withLineFeeds(whole) : whole
    let at = 0
    for (let next = this.#endOfPiece(bytes, at); next > at; next = this.#endOfPiece(bytes, at)) {
      this.#take(bytes, at, next)
      at = next
    }
    this.#rest = Buffer.concat([bytes.subarray(at), arrived.subarray(end)])
  }

  /** Of what can be taken together: a line, a piece of a long one, or all of a file before the next boundary. */
  #endOfPiece(bytes: Buffer, at: number): number {
    if (this.#lines >= limits.mailLines) return bytes.length
    const mayBeBoundary = this.#isLineStart && bytes[at] === dash && (bytes[at + 1] ?? dash) === dash
    if (this.#mode === 'file' && !mayBeBoundary) {
      const next = bytes.indexOf('\n--', at)
      if (next !== -1) return next + 1
      // a line end, and what may be half of a boundary behind it, wait for what follows
      return bytes.length - (bytes.at(-2) === lineFeed && bytes.at(-1) === dash ? 1 : 0)
    }
    const end = bytes.indexOf(lineFeed, at)
    if (end !== -1) return end + 1
    return bytes.length - at > boundaryLine ? bytes.length : at
  }

  /** What is left to give. */
  end(): Buffer {
    this.#takeLines(this.#rest)
    this.#take(this.#rest, 0, this.#rest.length)
    if (this.#mode === 'headers') this.#beginBody()
    this.#endPart()
    const part = [`--${ownBoundary}`, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']
    const lines = ['', ...part, '', `[${this.omitted}]`, `--${ownBoundary}--`, '']
    this.#out.push(Buffer.from(lines.join(this.#eol)))
    return this.#flush()
  }

  get omitted(): string {
    const named = this.#files.map(
      ({ name, bytes, isBase64 }) => `${name} (${sizeOf(isBase64 ? bytes * decoded : bytes)})`,
    )
    if (this.#filesMore > 0) named.push(`${this.#filesMore} more files`)
    if (this.#cut > 0) named.push(`${sizeOf(this.#cut)} of its text`)
    return `Not kept, because the mail was larger than ${sizeOf(this.#most)}: ${named.join(', ')}`
  }

  #flush(): Buffer {
    const out = Buffer.concat(this.#out)
    this.#out = []
    return out
  }

  /** A line, or a piece of a long one. */
  #take(bytes: Buffer, start: number, end: number): void {
    if (start === end) return
    if (this.#lines >= limits.mailLines) return void (this.#cut += end - start)
    const isStart = this.#isLineStart
    this.#isLineStart = bytes[end - 1] === lineFeed
    if (isStart && bytes[start] === dash && bytes[start + 1] === dash && end - start <= boundaryLine) {
      this.#lines += 1
      const text = bytes.toString('latin1', start + 2, end).trimEnd()
      if (text.startsWith(ownBoundary)) return void (this.#cut += end - start)
      const isEnd = text.endsWith('--') && !this.#places.has(text)
      const place = this.#places.get(isEnd ? text.slice(0, -2) : text)
      if (place !== undefined) return this.#atBoundary(Buffer.from(bytes.subarray(start, end)), { place, isEnd })
    }
    if (this.#mode === 'file') return void (this.#file!.bytes += end - start)
    this.#lines += 1
    if (this.#mode === 'text') this.#keep(bytes.subarray(start, end))
    else if (isStart && isEmpty(bytes, start, end)) this.#beginBody()
    else this.#addHeader(bytes.subarray(start, end))
  }

  #addHeader(line: Buffer): void {
    const most = this.#isWrapped ? partHeaderBytes : limits.mailHeaderBytes
    this.#headerBytes += line.length
    if (this.#headerBytes <= most) this.#headers.push(Buffer.from(line))
    else this.#cut += line.length
  }

  #atBoundary(line: Buffer, { place, isEnd }: { place: number; isEnd: boolean }): void {
    this.#lines += linesOfPart
    if (this.#mode === 'headers') this.#beginBody()
    this.#endPart()
    for (const closed of this.#open.splice(isEnd ? place : place + 1)) this.#places.delete(closed)
    if (isEnd) {
      this.#mode = 'text'
      return this.#keep(line)
    }
    this.#mode = 'headers'
    this.#boundary = line
    this.#headers = []
    this.#headerBytes = 0
  }

  #endPart(): void {
    if (!this.#file) return
    if (this.#file.name !== '') this.#files.push(this.#file)
    else this.#filesMore += 1
    this.#file = undefined
  }

  #beginBody(): void {
    const raw = Buffer.concat(this.#headers)
    const fields = fieldsIn(raw.toString('latin1'))
    const type = valueOf(fields, 'content-type')
    const boundary = /^multipart\//i.test(type) ? parameterOf(type, 'boundary') : ''
    const isOpened = boundary !== '' && this.#open.length < depthMost && !this.#places.has(boundary)
    const isAttached = /^attachment\b/i.test(valueOf(fields, 'content-disposition'))
    const isKept = isOpened || (isText.test(typeIn(type)) && !isAttached)
    if (!this.#isWrapped) this.#wrap(fields, isKept)
    else if (isKept) {
      this.#keep(this.#boundary!)
      this.#keep(raw)
      this.#keep(Buffer.from(this.#eol))
    }
    if (isOpened) {
      this.#places.set(boundary, this.#open.length)
      this.#open.push(boundary)
    }
    this.#mode = isKept ? 'text' : 'file'
    if (isKept) return
    const name = this.#files.length < namesMost ? nameIn(fields) : ''
    this.#file = { name, isBase64: /base64/i.test(valueOf(fields, 'content-transfer-encoding')), bytes: 0 }
  }

  /** The mail as it was becomes the first part of one in which the sentence has room. */
  #wrap(fields: string[], isKept: boolean): void {
    this.#isWrapped = true
    this.#eol =
      fields.some((field) => field.includes('\r')) || this.#headers[0]?.at(-2) === carriageReturn ? '\r\n' : '\n'
    const isOfContent = (field: string) => /^(?:content-|mime-version)/i.test(field)
    const lines = [
      ...fields.filter((field) => !isOfContent(field)),
      'MIME-Version: 1.0',
      `Content-Type: multipart/mixed; boundary="${ownBoundary}"`,
      '',
      ...(isKept ? [`--${ownBoundary}`, ...fields.filter((field) => /^content-/i.test(field)), ''] : []),
    ]
    this.#keep(Buffer.from(lines.map((line) => line + this.#eol).join(''), 'latin1'))
  }

  #keep(bytes: Buffer): void {
    if (this.#given + bytes.length > this.#budget) return void (this.#cut += bytes.length)
    this.#given += bytes.length
    this.#out.push(bytes)
  }
}

/** Reads a mail to its end, whatever its size; of one above `most`, what `FileRemover` keeps. */
export const keptOf = async (chunks: AsyncIterable<Buffer>, most: number): Promise<Kept> => {
  let size = 0
  let remover: FileRemover | undefined
  let kept: Buffer[] = []
  for await (const chunk of chunks) {
    size += chunk.length
    if (!remover && size > most) {
      const begun = new FileRemover(most)
      kept = kept.map((earlier) => begun.write(earlier))
      remover = begun
    }
    kept.push(remover ? remover.write(chunk) : chunk)
  }
  if (remover) kept.push(remover.end())
  return { raw: Buffer.concat(kept), omitted: remover?.omitted }
}

/** Of a mail that is in memory. */
export const withoutFiles = (raw: Buffer, most: number): Kept => {
  if (raw.length <= most) return { raw }
  const remover = new FileRemover(most)
  return { raw: Buffer.concat([remover.write(raw), remover.end()]), omitted: remover.omitted }
}

/** Whether it is long enough to tell how its lines end. */
const hasHead = (bytes: Buffer): boolean => bytes.length > limits.mailHeaderBytes || headEnd(bytes) < bytes.length

const isEmpty = (bytes: Buffer, start: number, end: number): boolean =>
  end - start === 1 ? bytes[start] === lineFeed : end - start === 2 && bytes[start] === carriageReturn

const megabyte = 1024 * 1024

const sizeOf = (bytes: number): string => {
  if (bytes < megabyte) return `${Math.ceil(bytes / 1024)} KiB`
  return `${(bytes / megabyte).toFixed(1).replace(/\.0$/, '')} MiB`
}
