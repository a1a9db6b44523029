import { decode } from './charset.ts'

/** What a text in RTF says: in HTML where it was made from HTML (MS-OXRTFEX), else in plain text. */
export interface RtfText {
  html: string
  plain: string
}

const token = /\\([a-z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+/giy
const depthMost = 1000

const signs = new Map([
  ...'par line sect page row nestrow \n \r'.split(' ').map((word) => [word, '\n'] as const),
  ...'tab cell nestcell'.split(' ').map((word) => [word, '\t'] as const),
  ...Object.entries({
    lquote: '‘',
    rquote: '’',
    ldblquote: '“',
    rdblquote: '”',
    bullet: '•',
    endash: '–',
    emdash: '—',
  }),
  ...Object.entries({ '~': '\u00A0', _: '\u2011', '{': '{', '}': '}', '\\': '\\' }),
])
/** Groups that are no text, beside those that begin with an asterisk. */
const hidden = new Set(
  'fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf fldinst'.split(
    ' ',
  ),
)
/** Code pages by the number of a font's character set; 1252 for others. */
const codePages = new Map(
  `77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
   186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850`
    .split(',')
    .map((line) => line.split(':'))
    .map(([charset, page]) => [Number(charset), `cp${page!.trim()}`]),
)
const defaultCharset = 1

interface Group {
  /** Of its font; undefined for that of the whole text. */
  charset: string | undefined
  /** How many characters stand behind one in Unicode for programs that do not know it. */
  substitutes: number
  isHidden: boolean
  isFontTable: boolean
  /** A tag, or a piece, of the HTML. */
  isTag: boolean
  /** Only for programs that show RTF. */
  isRtfOnly: boolean
}

/** Reads RTF in one go from its beginning to its end. */
export const textOfRtf = (rtf: Buffer): RtfText => {
  const reader = new Reader()
  const text = rtf.toString('latin1')
  token.lastIndex = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [, word, parameter, hex, symbol, brace, plain] = found
    if (brace === '{') {
      if (!reader.open()) break
    } else if (brace === '}') reader.close()
    else if (hex !== undefined) reader.addBytes(String.fromCharCode(Number.parseInt(hex, 16)))
    else if (plain !== undefined) reader.addBytes(plain)
    else if (word === 'bin') token.lastIndex += Math.max(0, Number(parameter ?? 0))
    else if (word !== undefined) reader.control(word, parameter === undefined ? undefined : Number(parameter))
    else if (symbol === '*') reader.star()
    else if (symbol !== undefined) reader.sign(symbol)
  }
  return reader.end()
}

class Reader {
  #group: Group = {
    charset: undefined,
    substitutes: 1,
    isHidden: false,
    isFontTable: false,
    isTag: false,
    isRtfOnly: false,
  }
  readonly #outer: Group[] = []
  #isHtml = false
  #isStarred = false
  #charset = 'cp1252'
  /** Charsets by the fonts' numbers. */
  readonly #fonts = new Map<number, string>()
  #font = 0
  #defaultFont = 0
  /** Characters that are still to be passed over. */
  #substitutes = 0
  /** Bytes of the last charset that are not decoded yet. */
  #bytes = ''
  #bytesCharset = ''
  readonly #pieces: string[] = []

  /** False where it is nested too deep. */
  open(): boolean {
    this.#substitutes = 0
    this.#outer.push(this.#group)
    this.#group = { ...this.#group }
    return this.#outer.length <= depthMost
  }

  close(): void {
    this.#substitutes = 0
    this.#isStarred = false
    this.#group = this.#outer.pop() ?? this.#group
  }

  star(): void {
    this.#isStarred = true
  }

  sign(name: string): void {
    if (this.#isSubstitute()) return
    const sign = signs.get(name)
    if (sign !== undefined) this.#addText(sign)
  }

  control(word: string, value: number | undefined): void {
    const group = this.#group
    const isStarred = this.#isStarred
    this.#isStarred = false
    if (isStarred || hidden.has(word) || (this.#isHtml && word === 'pntext')) {
      group.isTag = isStarred && word === 'htmltag' && this.#isHtml
      group.isHidden ||= !group.isTag
      group.isFontTable = word === 'fonttbl'
    } else if (word === 'u' && value !== undefined) {
      this.#addText(String.fromCharCode(value & 0xffff))
      this.#substitutes = group.substitutes
    } else if (word === 'uc') group.substitutes = Math.max(0, value ?? 1)
    else if (word === 'fromhtml') this.#isHtml = value !== 0
    else if (word === 'htmlrtf') group.isRtfOnly = value !== 0
    else if (word === 'ansicpg' && value) this.#charset = `cp${value}`
    else if (word === 'mac') this.#charset = 'macintosh'
    else if (word === 'deff') this.#defaultFont = value ?? 0
    else if (word === 'f') this.#setFont(value ?? 0)
    else if (word === 'plain') this.#setFont(this.#defaultFont)
    else if (word === 'fcharset' && group.isFontTable && value !== defaultCharset)
      this.#fonts.set(this.#font, codePages.get(value ?? 0) ?? 'cp1252')
    else this.sign(word)
  }

  addBytes(bytes: string): void {
    const passed = Math.min(this.#substitutes, bytes.length)
    this.#substitutes -= passed
    const { charset, isTag } = this.#group
    if (passed === bytes.length || this.#isUnseen()) return
    const own = (isTag ? undefined : charset) ?? this.#charset
    if (own !== this.#bytesCharset) this.#flush()
    this.#bytesCharset = own
    this.#bytes += this.#escaped(bytes.slice(passed))
  }

  end(): RtfText {
    this.#flush()
    const text = this.#pieces.join('')
    return this.#isHtml ? { html: text, plain: '' } : { html: '', plain: text }
  }

  #setFont(number: number): void {
    this.#font = number
    this.#group.charset = this.#fonts.get(number)
  }

  #isUnseen(): boolean {
    return this.#group.isHidden || (this.#isHtml && this.#group.isRtfOnly)
  }

  #isSubstitute(): boolean {
    if (this.#substitutes === 0) return false
    this.#substitutes -= 1
    return true
  }

  #addText(text: string): void {
    if (this.#isUnseen()) return
    this.#flush()
    this.#pieces.push(this.#escaped(text))
  }

  #escaped(text: string): string {
    return this.#isHtml && !this.#group.isTag ? text.replaceAll('<', '&lt;').replaceAll('>', '&gt;') : text
  }

  #flush(): void {
    if (this.#bytes === '') return
    this.#pieces.push(decode(Buffer.from(this.#bytes, 'latin1'), this.#bytesCharset))
    this.#bytes = ''
  }
}
