import { introductions } from '../../server/messages/introductions.ts'

const isIntroduction = (line: string): boolean =>
  line.length < 300 && introductions.some((introduction) => introduction.test(line))

interface Parts {
  own: string
  quoted: string
}

/** A text, and the history that is quoted below it. All of it is own where nothing else would be left. */
export const splitQuoted = (text: string): Parts => {
  const lines = text.split('\n')
  const trimmed = lines.map((line) => line.trim())
  let at = trimmed.findIndex(isIntroduction)
  if (at === -1) {
    at = lines.length
    while (at > 0 && (trimmed[at - 1] === '' || trimmed[at - 1]!.startsWith('>'))) at--
    if (!trimmed.slice(at).some((line) => line.startsWith('>'))) at = lines.length
  }
  const own = lines.slice(0, at).join('\n').trim()
  return own === '' ? { own: text.trim(), quoted: '' } : { own, quoted: lines.slice(at).join('\n').trim() }
}

/** Folds the outermost quotation that ends a mail, where there is something before it. Without a script. */
export const foldQuoted = (body: HTMLElement): void => {
  const last = [...body.querySelectorAll('blockquote')].findLast((quote) => !quote.parentElement?.closest('blockquote'))
  if (!last || textBeside(body, last, 'before') === '' || textBeside(body, last, 'after') !== '') return
  const details = body.ownerDocument.createElement('details')
  const summary = body.ownerDocument.createElement('summary')
  summary.textContent = 'Quoted history'
  last.replaceWith(details)
  details.append(summary, last)
}

const textBeside = (body: HTMLElement, element: HTMLElement, side: 'before' | 'after'): string => {
  const range = body.ownerDocument.createRange()
  range.selectNodeContents(body)
  if (side === 'before') range.setEndBefore(element)
  else range.setStartAfter(element)
  return range.toString().trim()
}
