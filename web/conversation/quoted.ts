import { segmentsOf } from '../../server/messages/history.ts'

interface Part {
  text: string
  isQuoted: boolean
}

/**
 * A text, and the history that is quoted above or below it. Where somebody answers between quoted lines, all of it is shown
 * as it stands.
 */
export const splitQuoted = (text: string): Part[] => {
  const parts: { lines: string[]; isQuoted: boolean }[] = []
  for (const { kind, lines } of segmentsOf(text)) {
    const isQuoted = kind === 'quoted'
    const last = parts.at(-1)
    // blank lines between quotations belong to them
    if (last && (last.isQuoted === isQuoted || lines.every((line) => line.trim() === ''))) last.lines.push(...lines)
    else parts.push({ lines: [...lines], isQuoted })
  }
  const joined = parts
    .map(({ lines, isQuoted }) => ({ text: lines.join('\n').trim(), isQuoted }))
    .filter((part) => part.text !== '')
  const isBetween = joined.filter(({ isQuoted }) => !isQuoted).length > 1
  return isBetween ? [{ text: text.trim(), isQuoted: false }] : joined
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
