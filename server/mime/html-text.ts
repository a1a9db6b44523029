import { limits } from '../limits.ts'
import { limitElements, sanitized, TooMuch } from './html.ts'

/** Line ends before and after it. */
const blocks = new Map<string, number>([
  ...namesIn(
    'address article aside body center dd details dialog dir div dt fieldset figcaption figure footer form',
    1,
  ),
  ...namesIn('header hgroup html legend li listing main menu nav optgroup option section summary textarea tr', 1),
  ...namesIn('blockquote caption dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul', 2),
])
const allowedTags = [...blocks.keys(), 'br', 'td', 'th']

function namesIn(text: string, breaks: number) {
  return text.split(' ').map((name) => [name, breaks] as const)
}

/** What a program without scripts does not show; `template` and `title` it does not show either. */
const nonTextTags = ['style', 'script', 'title', 'template']

/** How many quotations and lists, one in another, a line shows. */
const marksMost = 10
const breaksMost = 5
const rule = '-'.repeat(40)
const betweenCells = '   '

/**
 * The words of an HTML text, for search, previews and mails that have no text part. Not much longer than
 * `limits.textCharacters`, whatever the HTML says: what tables span is not looked at.
 */
export const textOfHtml = (html: string): string => {
  const text = new PlainText()
  for (const [token, slash, name, attributes] of simplified(html).matchAll(
    /<(\/?)([a-z0-9]+)(?![a-z0-9])([^<>]*)>|[^<]+/g,
  )) {
    if (name === undefined) text.add(decoded(token))
    else if (slash) text.close(name)
    else text.open(name, attributes!)
    if (text.length > limits.textCharacters) break
  }
  return text.toString()
}

/** With only the tags that matter here, each closed, and only `&amp;`, `&lt;` and `&gt;` written as entities. */
const simplified = (html: string): string => {
  const options = { allowedTags, allowedAttributes: { ol: ['start'] }, nonTextTags }
  try {
    return sanitized(html, { ...options, ...limitElements() })
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    return sanitized(flattened(html), options)
  }
}

/** Every tag is a line end: for what is nested too deep, or has too many, to be parsed in time. */
const flattened = (html: string): string => {
  const parts: string[] = []
  for (let at = 0; at !== -1;) {
    const begin = html.indexOf('<', at)
    parts.push(html.slice(at, begin === -1 ? undefined : begin))
    if (begin === -1) break
    const isHidden = /^<(style|script)\b/i.exec(html.slice(begin, begin + 8))
    at = isHidden ? endOf(html, isHidden[1]!, begin) : html.indexOf('>', begin)
    if (at !== -1) at += 1
  }
  return `<pre>${parts.filter((part) => part.trim() !== '').join('\n')}`
}

const endOf = (html: string, name: string, from: number): number => {
  const end = new RegExp(`</${name}[^>]*>?`, 'gi')
  end.lastIndex = from
  return end.test(html) ? end.lastIndex - 1 : -1
}

const decoded = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** A quotation, or an item of a list, that the next lines are in. */
interface Mark {
  name: string
  /** Before its first line, until there was one. */
  first: string | undefined
  others: string
}

class PlainText {
  readonly #parts: string[] = []
  readonly #marks: Mark[] = []
  /** The number of the next item; undefined in a list without numbers. */
  readonly #lists: (number | undefined)[] = []
  length = 0
  #breaks = 0
  /** How many of the marks go on from the last line to the next. */
  #shared = Infinity
  #gap = ''
  #isPre = false
  /** In a cell or an item that has no text yet. */
  #isEmpty = false

  open(name: string, attributes: string): void {
    if (name === 'br') this.#breaks = Math.min(this.#breaks + 1, breaksMost)
    else if (name !== 'td' && name !== 'th') this.#break(name)
    if (name === 'pre') this.#isPre = true
    if (name === 'hr') this.#write(rule)
    if (name === 'blockquote') this.#mark({ name, first: undefined, others: '> ' })
    if (name === 'ol' || name === 'ul') this.#lists.push(name === 'ol' ? startIn(attributes) : undefined)
    if (name === 'li') this.#mark(this.#item())
    if (name === 'td' || name === 'th' || name === 'li') this.#isEmpty = true
  }

  close(name: string): void {
    if (name === 'ol' || name === 'ul') this.#lists.pop()
    if (name === 'pre') this.#isPre = false
    if (this.#marks.at(-1)?.name === name) this.#marks.pop()
    if (name === 'td' || name === 'th' || name === 'li') this.#isEmpty = false
    if (name === 'td' || name === 'th') {
      // the next cell goes on in this line
      this.#breaks = 0
      this.#gap = betweenCells
    } else this.#break(name)
  }

  add(text: string): void {
    if (this.#isPre) {
      for (const [i, line] of text.split('\n').entries()) {
        if (i > 0) this.#breaks = Math.min(this.#breaks + 1, breaksMost)
        this.#write(line)
      }
      return
    }
    const words = text.replace(/[ \t\r\n\f\u200b]+/g, ' ')
    if (words.startsWith(' ')) this.#gap ||= ' '
    this.#write(words.trim())
    if (words.length > 1 && words.endsWith(' ')) this.#gap ||= ' '
  }

  toString(): string {
    return this.#parts.join('')
  }

  #break(name: string): void {
    // the first block of a cell or item begins in its line
    if (this.#isEmpty) return
    const isNestedList = (name === 'ol' || name === 'ul') && this.#lists.length > 0
    this.#breaks = Math.max(this.#breaks, isNestedList ? 1 : (blocks.get(name) ?? 0))
    this.#shared = Math.min(this.#shared, this.#marks.length)
  }

  /** In one that is nested deeper than is shown, too: it is closed again. */
  #mark(mark: Mark): void {
    this.#marks.push(this.#marks.length < marksMost ? mark : { name: mark.name, first: undefined, others: '' })
  }

  #item(): Mark {
    const number = this.#lists.at(-1)
    if (number !== undefined) this.#lists[this.#lists.length - 1] = number + 1
    const first = number === undefined ? ' * ' : ` ${number}. `
    return { name: 'li', first, others: ' '.repeat(first.length) }
  }

  #write(text: string): void {
    if (text === '') return
    if (this.length === 0) this.#push(this.#prefix())
    else if (this.#breaks > 0) {
      const shared = this.#marks.slice(0, this.#shared).map(({ others }) => others)
      const blank = shared.join('').trimEnd()
      this.#push(`\n${blank}`.repeat(this.#breaks - 1), '\n', this.#prefix())
    } else this.#push(this.#gap)
    this.#breaks = 0
    this.#shared = Infinity
    this.#gap = ''
    this.#isEmpty = false
    this.#push(text)
  }

  #prefix(): string {
    const prefix = this.#marks.map(({ first, others }) => first ?? others).join('')
    for (const mark of this.#marks) mark.first = undefined
    return prefix
  }

  #push(...parts: string[]): void {
    for (const part of parts) this.length += part.length
    this.#parts.push(...parts)
  }
}

/** From 1, where it is no small number. */
const startIn = (attributes: string): number => Number(/ start="(\d{1,6})"/.exec(attributes)?.[1] ?? 1)
