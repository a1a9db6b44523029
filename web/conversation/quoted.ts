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

interface Line {
  text: string
  /** Where it begins. */
  node: Node
  /** Whether it ends an element and not only a line. */
  endsBlock: boolean
}

/** Where "On … wrote:" begins before a quotation; undefined where nothing introduces it. */
const introductionOf = (body: HTMLElement, quote: HTMLElement): Node | undefined => {
  const lines = linesBefore(body, quote)
  const isIntroduction = (count: number) =>
    segmentsOf(['x', '', ...lines.slice(-count).map(({ text }) => text), '> x'].join('\n')).at(-1)!.lines.length > count
  let count = 0
  // of several lines the first ones have the date
  for (let more = 1; more <= lines.length && (more === 1 || !lines.at(-more)!.endsBlock); more += 1)
    if (isIntroduction(more) && (count === 0 || /\d/.test(lines.at(-more)!.text))) count = more
    else if (count > 0) break
  if (count === 0) return undefined
  let { node } = lines.at(-count)!
  // with the element that it is all the text of
  while (node.parentNode !== body && !node.previousSibling && !node.parentNode!.contains(quote)) node = node.parentNode!
  return node
}

/** The last lines of text before an element, in order. */
const linesBefore = (body: HTMLElement, end: HTMLElement): Line[] => {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
  walker.currentNode = end
  const lines: Line[] = []
  let isEnded = true
  for (let node = walker.previousNode(); node && lines.length <= introductionLines; node = walker.previousNode()) {
    if (node.nodeName === 'BR') isEnded = true
    const text = node.nodeType === Node.TEXT_NODE ? node.textContent!.replace(/\s+/g, ' ') : ''
    if (text.trim() === '') continue
    const endsBlock = !lines[0] || blockOf(node) !== blockOf(lines[0].node)
    if (isEnded || endsBlock) lines.unshift({ text: text.trim(), node, endsBlock })
    else lines[0] = { ...lines[0]!, text: `${text}${lines[0]!.text}`.trim(), node }
    isEnded = false
  }
  return lines.slice(-introductionLines)
}

const blockOf = (node: Node): Node =>
  inline.has(node.parentNode!.nodeName) ? blockOf(node.parentNode!) : node.parentNode!
