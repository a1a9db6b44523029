import { decode, decodeHeader } from './charset.ts'
import { decodeWords } from './encoded-words.ts'

export interface Header {
  /** In small letters. */
  key: string
  /** Unfolded, without decoding of encoded words. */
  value: string
  /** The same as it came, with one character for each byte. */
  bytes: string
}

const lineFeed = 0x0a
const name = /^([!-9;-~]+)[ \t]*:/

/** The fields at the beginning of a mail or a part, and where its content begins. */
export const readHeaders = (raw: Buffer, start: number, end: number): { headers: Header[]; body: number } => {
  const fields: { key: string; lines: string[] }[] = []
  let isKnown = false
  let at = start
  while (at < end) {
    const next = lineEnd(raw, at, end)
    const line = lineOf(raw, at, next)
    if (line === '') return { headers: fields.map(headerOf), body: next }
    // no field begins so: the empty line before a boundary is missing
    if (line.startsWith('--')) break
    if (line.trim() === '' && !isField(lineOf(raw, next, lineEnd(raw, next, end))))
      return { headers: fields.map(headerOf), body: next }
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (isKnown) fields.at(-1)!.lines.push(line)
    } else {
      const key = name.exec(line)
      isKnown = key !== null
      if (key) fields.push({ key: key[1]!.toLowerCase(), lines: [line.slice(key[0].length)] })
    }
    at = next
  }
  return { headers: fields.map(headerOf), body: at }
}

const lineEnd = (raw: Buffer, from: number, end: number): number => {
  const at = raw.indexOf(lineFeed, from)
  return at === -1 || at >= end ? end : at + 1
}

const lineOf = (raw: Buffer, from: number, to: number): string => raw.toString('latin1', from, to).replace(/\r?\n$/, '')

const isField = (line: string): boolean => name.test(line) || /^[ \t]+\S/.test(line)

const headerOf = ({ key, lines }: { key: string; lines: string[] }): Header => {
  const bytes = lines.join('').trim()
  return { key, value: decodeHeader(bytes), bytes }
}

/** The first field with this name, as it came. */
export const fieldOf = (headers: Header[], key: string): string | undefined =>
  headers.find((header) => header.key === key)?.bytes

/** Where the empty line behind the headers begins. */
export const headEnd = (bytes: Buffer): number => {
  const ends = [bytes.indexOf('\n\n'), bytes.indexOf('\n\r\n')].filter((at) => at !== -1)
  return ends.length === 0 ? bytes.length : Math.min(...ends) + 1
}

export interface Parameters {
  /** Before the parameters, in small letters. */
  value: string
  of: (name: string) => string | undefined
}

interface Section {
  isEncoded: boolean
  value: string
}

/** A value with parameters, which may be cut in sections, each with a charset or not (RFC 2231). */
export const parametersOf = (header = ''): Parameters => {
  const [first = '', ...others] = split(header)
  /** By name, which ends with an asterisk for what is cut or encoded, and by number. The first of two alike counts. */
  const named = new Map<string, Map<number, Section>>()
  for (const parameter of others) {
    const equals = parameter.indexOf('=')
    if (equals === -1) continue
    const label = parameter
      .slice(0, equals)
      .replace(/\([^()]*\)/g, '')
      .trim()
      .toLowerCase()
    const [, key, number, star] = /^([^*]+)(?:\*(\d{1,4}))?(\*)?$/.exec(label) ?? []
    if (key === undefined) continue
    const kind = number === undefined && star === undefined ? key : `${key}*`
    const sections = named.get(kind) ?? new Map<number, Section>()
    named.set(kind, sections)
    const section = { isEncoded: star !== undefined, value: unquoted(parameter.slice(equals + 1)) }
    if (!sections.has(Number(number ?? 0))) sections.set(Number(number ?? 0), section)
  }
  return {
    value: /^[^\s(]*/.exec(first.trim())![0].toLowerCase(),
    of: (key) => {
      const sections = named.get(`${key}*`) ?? named.get(key)
      return sections && joined([...sections].toSorted(([a], [b]) => a - b).map(([, section]) => section))
    },
  }
}

/** At each semicolon that is not quoted. */
const split = (header: string): string[] => {
  const parts: string[] = []
  let [start, isQuoted] = [0, false]
  for (let at = 0; at < header.length; at++) {
    if (isQuoted && header[at] === '\\') at += 1
    else if (header[at] === '"') isQuoted = !isQuoted
    else if (header[at] === ';' && !isQuoted) {
      parts.push(header.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, header.slice(start)]
}

// Windows paths have backslashes that quote nothing
const unquoted = (text: string): string => {
  const value = text.trim()
  return value.startsWith('"') ? /^"((?:\\[^]|[^"\\])*)/.exec(value)![1]!.replace(/\\(["\\])/g, '$1') : value
}

const joined = (sections: Section[]): string => {
  if (!sections.some(({ isEncoded }) => isEncoded)) return decodeWords(sections.map(({ value }) => value).join(''))
  const [, charset, rest] = /^([^']*)'[^']*'([^]*)$/.exec(sections[0]!.isEncoded ? sections[0]!.value : '') ?? []
  const bytes = sections
    .map(({ value, isEncoded }, i) => {
      const content = i === 0 ? (rest ?? value) : value
      return isEncoded
        ? content.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        : content
    })
    .join('')
  return decode(Buffer.from(bytes, 'latin1'), charset)
}
