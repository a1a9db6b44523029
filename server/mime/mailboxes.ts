import { decodeHeader } from './charset.ts'
import { decodeWords, encodedWordEnd } from './encoded-words.ts'

export interface Mailbox {
  name: string
  /** Empty where only a name is there. */
  address: string
}

/** What stands between commas. */
interface Entry {
  /** Before the angle bracket: words, and quoted strings as they are written. */
  text: string[]
  /** In the angle brackets. */
  angle: string | undefined
  comment: string
}

const quotedString = /"(?:\\[^]|[^"\\])*"/y
const untilSpecial = /[^"(<>,;:=\\]+/y
/** What needs no quotes before the @. */
const unquotedLocal = /^[\w.!#$%&'*+/=?^`{|}~\x80-\xFF-]+$/

/**
 * The people in From, To and the like, from the header's value with one character for each byte; groups are taken apart.
 * Forgiving: routes, dots at the end, and commas in names that should have been quoted.
 */
export const mailboxesOf = (header = ''): Mailbox[] => {
  const mailboxes: Mailbox[] = []
  /** Names that were followed by a comma: they may be the beginning of the next name. */
  let names: string[] = []
  const flush = () => {
    if (names.length > 0) mailboxes.push({ name: names.join(', '), address: '' })
    names = []
  }
  for (const { entry, end } of entriesIn(header)) {
    const { name, address } = mailboxOf(entry)
    if (end === ':') names = []
    else if (address === '') {
      if (name !== '') names.push(name)
    } else {
      if (name === '' || entry.angle === undefined) flush()
      mailboxes.push({ name: [...names, name].join(', '), address })
      names = []
    }
    if (end === ';') flush()
  }
  flush()
  return mailboxes
}

const entriesIn = function* (header: string): Generator<{ entry: Entry; end: string }> {
  const lastAngle = header.lastIndexOf('>')
  /** Closed nowhere: the same search would fail again for each that follows. */
  let [hasComments, hasQuotes] = [true, true]
  let hasAt = false
  let entry: Entry = { text: [], angle: undefined, comment: '' }
  for (let at = 0; at < header.length;) {
    const sign = header[at]!
    const wordEnd = sign === '=' ? encodedWordEnd(header, at) : -1
    const quotedEnd = sign === '"' && hasQuotes ? matchEnd(quotedString, header, at) : -1
    const commentAt = sign === '(' && hasComments ? commentEnd(header, at) : -1
    if (sign === '(' && commentAt === -1) hasComments = false
    if (sign === '"' && quotedEnd === -1) hasQuotes = false
    let next = Math.max(wordEnd, quotedEnd, commentAt)
    if (commentAt !== -1) entry.comment ||= header.slice(at + 1, commentAt - 1)
    else if (next !== -1) entry.text.push(header.slice(at, next))
    else if (sign === '<' && at < lastAngle) {
      next = header.indexOf('>', angleQuoteEnd(header, at + 1)) + 1
      if (next === 0) next = header.indexOf('>', at) + 1
      entry.angle ??= header.slice(at + 1, next - 1)
    } else if (sign === ',' || sign === ';' || (sign === ':' && !hasAt)) {
      yield { entry, end: sign }
      entry = { text: [], angle: undefined, comment: '' }
      hasAt = false
      next = at + 1
    } else {
      next = Math.max(matchEnd(untilSpecial, header, at), at + 1)
      hasAt ||= header.slice(at, next).includes('@')
      // quotes and brackets that have no other half
      if (!'"<>'.includes(sign)) entry.text.push(header.slice(at, next))
    }
    at = next
  }
  yield { entry, end: '' }
}

const matchEnd = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** Behind a quoted local part, which may have an angle bracket in it. */
const angleQuoteEnd = (header: string, at: number): number =>
  header[at] === '"' ? Math.max(at, matchEnd(quotedString, header, at)) : at

const commentEnd = (header: string, start: number): number => {
  let depth = 0
  for (let at = start; at < header.length; at++) {
    if (header[at] === '\\') at += 1
    else if (header[at] === '(') depth += 1
    else if (header[at] === ')' && --depth === 0) return at + 1
  }
  return -1
}

const mailboxOf = ({ text, angle, comment }: Entry): Mailbox => {
  const said = text.join('')
  const written = angle ?? bareAddressIn(text) ?? ''
  const name = nameOf(angle === undefined ? said.replace(written, () => ' ') : said) || nameOf(comment)
  const address = addressOf(written)
  return { name: name === address ? '' : name, address }
}

const bareAddressIn = (text: string[]): string | undefined => {
  const quoted = text.findIndex((piece, i) => piece.startsWith('"') && text[i + 1]?.startsWith('@'))
  if (quoted !== -1) return text[quoted]! + text[quoted + 1]!.split(/\s/, 1)[0]!
  const words = text
    .map((piece) => (piece.startsWith('"') ? ' ' : piece))
    .join('')
    .split(/\s+/)
  return words.find((word) => /[^@]@[^@]/.test(word))
}

/** The quotes go; what is encoded in them is decoded all the same, as many senders expect it. */
const nameOf = (text: string): string =>
  decodeWords(text.replace(/\\(["\\])|"/g, (_, escaped: string | undefined) => escaped ?? ''))
    .replace(/\s+/g, ' ')
    .trim()

const addressOf = (text: string): string => {
  const plain = text
    .trim()
    .replace(/^<+/, '')
    .replace(/^mailto:/i, '')
    .replace(/^[^"]*$/, (unquoted) => unquoted.replace(/\([^()]*\)|\s+/g, ''))
  // the relays on the way stand before the last colon (RFC 5321)
  const address = /^@[^":]*:([^]*)$/.exec(plain)?.[1]?.trim() ?? plain
  const at = address.lastIndexOf('@')
  if (at === -1) return decodeHeader(address)
  const local = address.slice(0, at).trim()
  const quoted = /^"((?:\\[^]|[^"\\])*)"$/.exec(local)?.[1]?.replace(/\\([^])/g, '$1')
  const name = quoted !== undefined && unquotedLocal.test(quoted) ? quoted : local
  return decodeHeader(
    `${name}@${address
      .slice(at + 1)
      .replace(/\.\s*$/, '')
      .trim()}`,
  )
}
