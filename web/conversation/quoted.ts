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

/** Folds the outermost quotation that ends a mail, and the line that introduces it, where there is something before it. Without a script. */
export const foldQuoted = (body: HTMLElement): void => {
  const last = [...body.querySelectorAll('blockquote')].findLast((quote) => !quote.parentElement?.closest('blockquote'))
  if (!last) return
  const { ownerDocument: document } = body
  const quotation = document.createRange()
  quotation.setStartBefore(introductionOf(body, last) ?? last)
  quotation.setEndAfter(last)
  if (textBeside(body, quotation, 'before') === '' || textBeside(body, quotation, 'after') !== '') return
  const details = document.createElement('details')
  const summary = document.createElement('summary')
  summary.textContent = 'Quoted history'
  details.append(summary, quotation.extractContents())
  quotation.insertNode(details)
}

const textBeside = (body: HTMLElement, quotation: Range, side: 'before' | 'after'): string => {
  const range = quotation.cloneRange()
  range.selectNodeContents(body)
  if (side === 'before') range.setEnd(quotation.startContainer, quotation.startOffset)
  else range.setStart(quotation.endContainer, quotation.endOffset)
  return range.toString().trim()
}

const inline = new Set(['A', 'ABBR', 'B', 'BDI', 'CODE', 'EM', 'FONT', 'I', 'S', 'SMALL', 'SPAN', 'STRONG', 'U'])
const introductionLines = 4

/** Where "On … wrote:" begins before a quotation; undefined where nothing introduces it. */
const introductionOf = (body: HTMLElement, quote: HTMLElement): Node | undefined => {
  const lines = linesBefore(body, quote)
  const said = lines.map(({ text }) => text)
  const kinds = segmentsOf(['x', '', ...said, '> x'].join('\n')).flatMap(({ kind, lines: { length } }) =>
    Array.from({ length }, () => kind),
  )
  const at = said.findIndex((text, i) => text !== '' && kinds.slice(i + 2).every((kind) => kind === 'quoted'))
  if (at === -1) return undefined
  let node: Node = lines[at]!.node
  // with the element that it is all the text of
  while (node.parentNode !== body && !node.previousSibling && !node.parentNode!.contains(quote)) node = node.parentNode!
  return node
}

/** The last lines of text before an element, in order, each with its first node. */
const linesBefore = (body: HTMLElement, end: HTMLElement): { text: string; node: Node }[] => {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
  walker.currentNode = end
  const lines: { text: string; node: Node }[] = []
  let isEnded = true
  for (let node = walker.previousNode(); node && lines.length <= introductionLines; node = walker.previousNode()) {
    if (node.nodeType !== Node.TEXT_NODE) {
      if (!inline.has(node.nodeName)) isEnded = true
      continue
    }
    const text = node.textContent!.replace(/\s+/g, ' ')
    if (text.trim() === '') continue
    if (isEnded) lines.unshift({ text: text.trim(), node })
    else lines[0] = { text: `${text}${lines[0]!.text}`.trim(), node }
    isEnded = false
  }
  return lines.slice(-introductionLines)
}
