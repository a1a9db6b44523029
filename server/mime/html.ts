import { convert } from 'html-to-text'
import sanitize from 'sanitize-html'
import { limits } from '../config.ts'

const textOnly = ['style', 'script', 'textarea', 'option', 'noscript', 'title']

const allowedTags = [
  'a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins',
  'kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul',
].flatMap((tags) => tags.split(' '))

/** HTML nested so deep that cleaning it would take minutes. */
export class TooDeep extends Error {}

/** Elements that need no closing tag, or whose end the next one of their kind implies. */
const selfClosing = new Set(
  [
    'area base br col embed hr img input link meta param source track wbr',
    'p li dt dd td th tr option thead tbody tfoot',
  ].flatMap((names) => names.split(' ')),
)

/** Throws `TooDeep`. Linear in the length of the text: the stack it searches is never deeper than the limit. */
const assertShallow = (html: string): void => {
  const open: string[] = []
  for (const [, slash, tag] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]{0,30})/gi)) {
    const name = tag!.toLowerCase()
    if (selfClosing.has(name)) continue
    const at = slash ? open.lastIndexOf(name) : -1
    if (at !== -1) open.length = at
    else if (!slash) open.push(name)
    if (open.length > limits.htmlDepth) throw new TooDeep(`nested deeper than ${limits.htmlDepth} elements`)
  }
}

/**
 * HTML of a stranger, down to what a message needs: no script, style sheet, form or frame; links to the web,
 * mail and telephone; images by http, https or `cid:`. An allow-list: what is not named here is taken off.
 * Throws `TooDeep`.
 */
export const cleanHtml = (html: string): string => {
  assertShallow(html)
  return sanitize(html, {
    allowedTags,
    allowedAttributes: {
      '*': ['align', 'dir', 'lang', 'title', 'valign'],
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
    allowedSchemesByTag: { img: ['http', 'https', 'cid'] },
    allowProtocolRelative: false,
    nonTextTags: textOnly,
    nestingLimit: limits.htmlDepth,
  })
}

/** The words of an HTML text, for search, previews and mails that have no text part. */
export const textOfHtml = (html: string): string =>
  convert(html, {
    wordwrap: false,
    limits: { maxDepth: 100, maxInputLength: 2_000_000, ellipsis: '…' },
    selectors: [
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      { selector: 'blockquote', options: { trimEmptyLines: true } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
    ],
  })
