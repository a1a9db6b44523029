import {
  dateWords,
  fromWords,
  headerWords,
  sentFromBeginnings,
  sentFromEndings,
  separatorWords,
  wroteWords,
} from './history-words.ts'

// A scanner that goes line by line and looks a fixed number of lines ahead: the popular regular expressions for this can be
// made to run for seconds.

type Kind = 'own' | 'quoted' | 'signature'

/** Consecutive lines of a text that are of one kind. */
export interface Segment {
  kind: Kind
  lines: string[]
}

/** Lines over which "On … wrote:" and a header may be spread, and characters of a line that are looked at. */
const introductionLines = 4
const headerLines = 12
const longestLine = 400
const signatureLines = 12

interface Line {
  text: string
  /** Without blanks and emphasis around it. */
  bare: string
  isBlank: boolean
  isQuote: boolean
}

const lineOf = (text: string): Line => {
  const trimmed = text.slice(0, longestLine).trim()
  const bare = trimmed.startsWith('*') ? trimmed.replace(/^[*\s]{1,4}(?=\S)/, '') : trimmed
  return { text, bare: bare.toLowerCase(), isBlank: trimmed === '', isQuote: /^(?:>|\|\s*>|&gt;)/.test(trimmed) }
}

/** What of a text its author wrote, what is quoted, and what is a signature. All of it is own where nothing else would be left. */
export const segmentsOf = (text: string): Segment[] => {
  const lines = text.split('\n').map(lineOf)
  const kinds = kindsOf(lines)
  if (!isAnyOwn(lines, kinds)) restore(lines, kinds)
  const segments: Segment[] = []
  for (const [i, line] of lines.entries()) {
    const last = segments.at(-1)
    if (last && last.kind === kinds[i]) last.lines.push(line.text)
    else segments.push({ kind: kinds[i]!, lines: [line.text] })
  }
  return segments
}

const isAnyOwn = (lines: Line[], kinds: Kind[]): boolean =>
  lines.some(({ isBlank }, i) => !isBlank && kinds[i] === 'own')

/** What follows "On … wrote:" or the header of a forwarded mail at the top, without a sign in front of it, is the author's own; else all of it is. */
const restore = (lines: Line[], kinds: Kind[]): void => {
  const first = nextText(lines, 0) ?? 0
  const start = first + (introductionAt(lines, first) || forwardAt(lines, first))
  const below = lines.slice(start)
  const kindsBelow = kindsOf(below)
  const isOwnBelow = start > first && isAnyOwn(below, kindsBelow)
  for (const i of lines.keys()) kinds[i] = !isOwnBelow ? 'own' : i < start ? 'quoted' : kindsBelow[i - start]!
}

/** How many lines the header of a forwarded mail takes from this one on, with the line above it; 0 where it is none. */
const forwardAt = (lines: Line[], at: number): number => {
  const header = isHeader(lines, at) ? at : nextText(lines, at + 1)
  if (header === undefined || !beginsHistory(lines, at) || !isHeader(lines, header)) return 0
  let end = header
  while (end < lines.length && !lines[end]!.isBlank) end++
  return end - at
}

const kindsOf = (lines: Line[]): Kind[] => {
  const kinds: Kind[] = lines.map(({ isQuote }) => (isQuote ? 'quoted' : 'own'))
  let end = lines.length
  for (let i = 0; i < lines.length; i++) {
    if (kinds[i] === 'quoted' || lines[i]!.isBlank) continue
    if (beginsHistory(lines, i)) {
      end = i
      break
    }
    const length = introductionAt(lines, i)
    if (length === 0) continue
    const next = nextText(lines, i + length)
    // without a sign in front of each line, nothing tells quoted words from those below them
    if (next !== undefined && !lines[next]!.isQuote) {
      end = i
      break
    }
    kinds.fill('quoted', i, i + length)
    i += length - 1
  }
  kinds.fill('quoted', end)
  rejoin(lines, kinds, end)
  markSignature(lines, kinds, end)
  return kinds
}

const nextText = (lines: Line[], from: number): number | undefined => {
  for (let i = from; i < lines.length; i++) if (!lines[i]!.isBlank) return i
  return undefined
}

/** Whether everything from this line on is an earlier mail. */
const beginsHistory = (lines: Line[], at: number): boolean => {
  const { bare } = lines[at]!
  return isSeparator(bare) || (/^[_-]{20,}$/.test(bare) && isHeaderNear(lines, at + 1)) || isHeader(lines, at)
}

const isSeparator = (bare: string): boolean => {
  // "Begin forwarded message:" needs no signs around it
  const isMarked = /^[-_=~–—*|>]{2}/.test(bare) || bare.endsWith(':') || bare.endsWith('：')
  if (!isMarked || bare.length > 160) return false
  const words = bare.replace(/^[\s>|*_=~–—-]{1,60}/, '').replace(/[\s*_=~:：–—-]{1,60}$/, '')
  return separatorWords.has(words.replaceAll('’', "'"))
}

const isHeaderNear = (lines: Line[], from: number): boolean => {
  const next = nextText(lines, from)
  return next !== undefined && next - from < 3 && isHeader(lines, next)
}

/** The name in "From: …", in any of the languages. */
const headerNameOf = ({ bare }: Line): string | undefined => {
  const at = bare.search(/[:：]/)
  if (at < 1 || at > 20) return undefined
  const name = bare
    .slice(0, at)
    .replace(/[\s*\u00A0]{0,4}$/, '')
    .trim()
  return headerWords.has(name) ? name : undefined
}

/** Outlook's block: who, when, to whom, about what, with or without a line above it. */
const isHeader = (lines: Line[], at: number): boolean => {
  const first = headerNameOf(lines[at]!)
  if (first === undefined) return false
  const names = new Set<string>()
  let gap = 0
  for (let i = at; i < Math.min(at + headerLines, lines.length) && gap < 3; i++) {
    const name = headerNameOf(lines[i]!)
    if (name !== undefined) names.add(name)
    gap = name === undefined ? gap + 1 : 0
  }
  return names.size >= 3 && [...names].some((name) => fromWords.has(name))
}

/** How many lines "On … wrote:" takes from this one on; 0 where it is none. */
const introductionAt = (lines: Line[], at: number): number => {
  let joined = ''
  if (!mayIntroduce(withoutDash(lines[at]!.bare))) return 0
  for (let i = at; i < Math.min(at + introductionLines + 2, lines.length); i++) {
    const { bare, isBlank, isQuote } = lines[i]!
    // an address in brackets may be wrapped so that its end looks like a quotation
    const isOpen = joined.lastIndexOf('<') > joined.lastIndexOf('>')
    const isWrapped = isQuote && bare.length < 30 && joined.includes('<') && (wrote(bare) || (isOpen && wrote(joined)))
    if ((isQuote && !isWrapped) || joined.length > longestLine) return 0
    if (isBlank) {
      // Polymail puts one between the date and the address
      if (i === at + 1 && hasDate(joined)) continue
      return 0
    }
    joined += joined === '' ? withoutDash(bare) : ` ${bare}`
    if (isIntroduction(joined)) return hasQuoteOrVerb(lines, { joined, next: i + 1 }) ? i - at + 1 : 0
  }
  return 0
}

/** Some programs write it as if it were an item of a list. */
const withoutDash = (bare: string): string => bare.replace(/^[-–] (?=\S)/, '')

/** Whether an introduction may begin with this line: it has a date or an address, or all of it. */
const mayIntroduce = (bare: string): boolean =>
  (/\d/.test(bare) && beginsWithDate(bare)) || hasAddress(bare) || isIntroduction(bare)

const isIntroduction = (text: string): boolean => {
  // an address in brackets that is not closed goes on in the next line
  if (!/[:：@\d-]/.test(text) || text.lastIndexOf('<') > text.lastIndexOf('>')) return false
  const ended = text.replace(/[\s*_"”»>]{0,6}$/, '')
  if (/[:：]$/.test(ended) || /^-{2}.*-{2}$/.test(ended))
    return wrote(ended) || (/>\)?[:：]$/.test(ended) && hasAddress(text) && hasDate(text))
  return hasDate(text) && (wrote(ended) || /^\d{4}[-/.].*<[^\s<@]+@[^\s<]+>$/.test(text))
}

const wrote = (text: string): boolean => {
  const tail = text.slice(-90)
  return wroteWords.some((word) => hasWord(tail, word))
}

const letter = /[\p{L}\p{N}]/u

/** As a word of its own, where the script has blanks between words. */
const hasWord = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const isIdeographic = word.charCodeAt(0) > 0x2fff
    if (isIdeographic) return true
    if (!letter.test(text[at - 1] ?? ' ') && !letter.test(text[at + word.length] ?? ' ')) return true
  }
  return false
}

const hasAddress = (text: string): boolean => {
  const at = text.indexOf('@')
  return at > 0 && /[\w.+-]$/.test(text.slice(0, at)) && /^[a-z\d-]/.test(text.slice(at + 1))
}
const hasDate = (text: string): boolean => /\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|(?:19|20)\d{2}年/.test(text)

const beginsWithDate = (text: string): boolean => {
  if (/^\d{1,4}(?:[-./年]|\.? \p{L})/u.test(text)) return true
  const [first = '', second = ''] = text.split(' ', 2)
  return dateWords.has(first.replace(/,$/, '')) || dateWords.has(`${first} ${second}`)
}

/** A sentence may end with "wrote:", too: quoted lines follow, or a date stands in it. */
const hasQuoteOrVerb = (lines: Line[], { joined, next }: { joined: string; next: number }): boolean => {
  const after = nextText(lines, next)
  if (after !== undefined && lines[after]!.isQuote) return true
  if (joined.startsWith('--')) return hasDate(joined)
  return (beginsWithDate(joined) && hasDate(joined)) || (hasAddress(joined) && (wrote(joined) || hasDate(joined)))
}

/** Programs wrap long quoted lines and forget the sign in front of the rest. */
const rejoin = (lines: Line[], kinds: Kind[], end: number): void => {
  for (let i = 1; i < end - 1; i++) {
    if (kinds[i] !== 'own' || lines[i]!.isBlank || !lines[i - 1]!.isQuote) continue
    let next = i
    while (next < end && next < i + 2 && !lines[next]!.isBlank && !lines[next]!.isQuote) next++
    const isShort = lines[i]!.text.length < lines[i - 1]!.text.length
    if (next < end && lines[next]!.isQuote && isShort && lines[i - 1]!.text.length > 50) kinds.fill('quoted', i, next)
  }
}

/** From "-- " or "Sent from my …" on, as far as what is its author's own goes. */
const markSignature = (lines: Line[], kinds: Kind[], end: number): void => {
  let last = end
  while (last > 0 && (lines[last - 1]!.isBlank || kinds[last - 1] === 'quoted')) last--
  const first = Math.max(0, last - signatureLines)
  const mark = (from: number, to = last) => {
    for (let own = signedNameAt(lines, from); own < to; own++) if (kinds[own] === 'own') kinds[own] = 'signature'
  }
  const quoted = kinds.indexOf('quoted')
  if (quoted !== -1) mark(quoted, quoted)
  for (let i = first; i < last; i++) {
    if (kinds[i] !== 'own') continue
    const isDelimiter = /^(?:--|_{2,100}|[-=~*#+]{5,100})$/.test(lines[i]!.bare)
    const isProgram =
      isSentFrom(lines[i]!.bare) && lines.slice(i + 2, last).every(({ bare, isBlank }) => isBlank || isSentFrom(bare))
    if (!isDelimiter && !isProgram) continue
    mark(i)
    return
  }
  mark(last)
}

/** "-Jane Doe" at the end of the lines, below an empty one. */
const signedNameAt = (lines: Line[], end: number): number => {
  let at = end - 1
  while (at > 0 && lines[at]!.isBlank) at--
  const isName =
    at > 0 &&
    lines[at - 1]!.isBlank &&
    /^\s{0,4}(?:-|\/)\p{Lu}[\p{L}.'’]{0,30}(?: [\p{L}.'’]{1,30}){0,3}\s{0,9}$/u.test(lines[at]!.text)
  return isName ? at : end
}

/** No sentence about a place is as short as this. */
const sentFromWords = 10

const isSentFrom = (bare: string): boolean => {
  if (bare.length > 120) return false
  const words = bare.replace(/^[\s*_[(<–—-]{0,6}/, '')
  if (words.startsWith('sent from ') && words.split(' ').length > sentFromWords) return false
  return (
    sentFromBeginnings.some((beginning) => words.startsWith(beginning)) ||
    (sentFromEndings.some((ending) => words.replace(/[.。\])]$/, '').endsWith(ending)) && words.length < 60)
  )
}
