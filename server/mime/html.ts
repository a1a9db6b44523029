import sanitize from 'sanitize-html'
import { limits } from '../config.ts'

const textOnly = ['style', 'script', 'textarea', 'option', 'noscript', 'title']

const allowedTags = [
  'a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins',
  'kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul',
].flatMap((tags) => tags.split(' '))

/** HTML nested so deep that cleaning it would take minutes. */
export class TooDeep extends Error {}

const namesIn = (text: string) => new Set(text.split(' '))
const empty = namesIn('area base br col embed hr img input link meta param source track wbr')
const paragraph = namesIn('p')
const blocks =
  'address article aside blockquote center div dl fieldset form h1 h2 h3 h4 h5 h6 header hr ol p pre section table ul'

/** Which open elements a new one ends without their closing tags, as the parser behind the cleaning has it. */
const ends = new Map<string, Set<string>>([
  ...blocks.split(' ').map((name) => [name, paragraph] as const),
  ['li', namesIn('li')],
  ['dd', namesIn('dd dt')],
  ['dt', namesIn('dd dt')],
  ['option', namesIn('option')],
  ['td', namesIn('td th')],
  ['th', namesIn('th')],
  ['tr', namesIn('tr td th')],
])

/** Throws `TooDeep`. Linear in the length of the text: the stack it searches is never deeper than the limit. */
const assertShallow = (html: string): void => {
  const open: string[] = []
  for (const [, slash, tag] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]{0,30})/gi)) {
    const name = tag!.toLowerCase()
    if (slash) {
      const at = open.lastIndexOf(name)
      if (at !== -1) open.length = at
      continue
    }
    while (ends.get(name)?.has(open.at(-1) ?? '')) open.pop()
    if (!empty.has(name)) open.push(name)
    if (open.length > limits.htmlDepth) throw new TooDeep(`nested deeper than ${limits.htmlDepth} elements`)
  }
}

/**
 * HTML of a stranger, down to what a message needs: no script, style sheet, form or frame; links to the web,
 * mail and telephone; images by http, https, `cid:` or `attachment:`. An allow-list: what is not named here is taken off.
 * `inline` has the numbers of attachments by Content-ID: an image that is one of them becomes `attachment:NUMBER`.
 * Throws `TooDeep`.
 */
export const cleanHtml = (html: string, inline?: ReadonlyMap<string, number>): string => {
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
    allowedSchemesByTag: { img: ['http', 'https', 'cid', 'attachment'] },
    transformTags: { img: (tagName, attribs) => ({ tagName, attribs: withAttachment(attribs, inline) }) },
    allowProtocolRelative: false,
    nonTextTags: textOnly,
    nestingLimit: limits.htmlDepth,
  })
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
