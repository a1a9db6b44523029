import { convert } from 'html-to-text'
import sanitize from 'sanitize-html'

const textOnly = ['style', 'script', 'textarea', 'option', 'noscript', 'title']

const allowedTags = [
  'a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins',
  'kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul',
].flatMap((tags) => tags.split(' '))

/**
 * HTML of a stranger, down to what a message needs: no script, style sheet, form or frame; links to the web,
 * mail and telephone; images by https or `cid:`. An allow-list: what is not named here is taken off.
 */
export const cleanHtml = (html: string): string =>
  sanitize(html, {
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
    nestingLimit: 100,
  })

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
