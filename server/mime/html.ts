import sanitize from 'sanitize-html'
import { limits } from '../limits.ts'
import { cleanStyle } from './styles.ts'

/** Elements whose content is never shown. */
export const textOnly = ['style', 'script', 'textarea', 'option', 'noscript', 'title']

const allowedTags = [
  'a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins',
  'kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul',
].flatMap((tags) => tags.split(' '))

/** HTML that would take too long to clean, or be too large. */
export class TooMuch extends Error {}

/** Options that throw `TooMuch` as soon as the parser behind the cleaning is in too many elements, or has seen too many. */
export const limitElements = () => {
  let [depth, count] = [0, 0]
  return {
    onOpenTag: () => {
      depth += 1
      count += 1
      if (depth > limits.htmlDepth) throw new TooMuch(`nested deeper than ${limits.htmlDepth} elements`)
      if (count > limits.htmlElements) throw new TooMuch(`more than ${limits.htmlElements} elements`)
    },
    onCloseTag: () => {
      depth -= 1
    },
  }
}

/** A noncharacter of Unicode: no text contains it. */
const lessThan = '\uFDD0'

/**
 * Cleans HTML with less-than signs that begin no tag out of the parser's way: it emits each of them as a text of its own,
 * so that a megabyte of them takes five times as long as a usual mail.
 */
export const sanitized = (html: string, options: sanitize.IOptions): string =>
  sanitize(html.replaceAll(lessThan, '\uFFFD').replace(/<(?![a-z/!?])/gi, lessThan), options).replaceAll(
    lessThan,
    '&lt;',
  )

/**
 * HTML of a stranger, down to what a message needs: no script, style sheet, form or frame; links to the web,
 * mail and telephone; images by http, https, `cid:` or `attachment:`; inline styles as far as `cleanStyle` takes them. An
 * allow-list: what is not named here is taken off. Whoever changes it raises `htmlVersion`.
 * `inline` has the numbers of attachments by Content-ID: an image that is one of them becomes `attachment:NUMBER`.
 * Throws `TooMuch`.
 */
export const cleanHtml = (html: string, inline?: ReadonlyMap<string, number>): string => {
  const cleaned = sanitized(html, {
    ...limitElements(),
    allowedTags,
    allowedAttributes: {
      '*': ['align', 'dir', 'lang', 'style', 'title', 'valign'],
      a: ['href', 'name'],
      font: ['color', 'face', 'size'],
      img: ['src', 'alt', 'width', 'height'],
      ol: ['start', 'type'],
      table: ['border', 'cellpadding', 'cellspacing', 'width', 'bgcolor'],
      td: ['colspan', 'rowspan', 'width', 'height', 'bgcolor'],
      th: ['colspan', 'rowspan', 'width', 'height', 'bgcolor', 'scope'],
      tr: ['bgcolor'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['http', 'https', 'cid', 'attachment'] },
    parseStyleAttributes: false,
    transformTags: {
      '*': (tagName, attribs) => ({ tagName, attribs: withStyle(tagName, attribs) }),
      body: asElement,
      img: (tagName, attribs) => ({ tagName, attribs: withAttachment(attribs, inline) }),
      td: withSpans,
      th: withSpans,
    },
    allowProtocolRelative: false,
    nonTextTags: textOnly,
  })
  if (cleaned.length > limits.htmlCharacters)
    throw new TooMuch(`cleaned longer than ${limits.htmlCharacters} characters`)
  return cleaned
}

const withStyle = (tagName: string, { style = '', ...attribs }: sanitize.Attributes): sanitize.Attributes => {
  const cleaned = cleanStyle(style, tagName)
  return cleaned === '' ? attribs : { ...attribs, style: cleaned }
}

/** What is behind the whole mail: its body becomes an element where it has a style. */
const asElement = (tagName: string, attribs: sanitize.Attributes): sanitize.Tag => {
  const { bgcolor, text, style } = attribs
  const whole = [bgcolor && `background-color:${bgcolor}`, text && `color:${text}`, style].filter(Boolean).join(';')
  return whole === '' ? { tagName, attribs } : { tagName: 'div', attribs: { style: whole } }
}

/** What a cell spans, as far as browsers go. */
const withSpans = (tagName: string, { colspan, rowspan, ...attribs }: sanitize.Attributes): sanitize.Tag => ({
  tagName,
  attribs: { ...attribs, ...spanIn('colspan', colspan), ...spanIn('rowspan', rowspan) },
})

const spanIn = (name: string, value = ''): sanitize.Attributes => {
  const span = Math.min(Number.parseInt(value, 10), limits.htmlSpan)
  return span > 1 ? { [name]: String(span) } : {}
}

const withAttachment = (attribs: sanitize.Attributes, inline?: ReadonlyMap<string, number>): sanitize.Attributes => {
  const [, id] = /^\s*cid:(.+)$/i.exec(attribs['src'] ?? '') ?? []
  const number = id === undefined ? undefined : (inline?.get(id) ?? inline?.get(decoded(id)))
  return number === undefined ? attribs : { ...attribs, src: `attachment:${number}` }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
