import { setImmediate as breathe } from 'node:timers/promises'
import { limits } from '../limits.ts'
import { listOf, termsOf, type Query, type Term } from './terms.ts'

/** Characters that are shown, and how many of them stand before the first word that was found. */
const shown = 220
const before = 60
/** Of the words that match, so many are looked at for the place where most of them stand together. */
const matchesMost = 500

const words = /[\p{L}\p{M}\p{N}]+/gu

interface Match {
  at: number
  term: Term
}

const isFound = (terms: string[], { text, or, isPrefix }: Term): boolean =>
  terms.some((term) =>
    [text, or].some((wanted) => wanted !== undefined && (isPrefix ? term.startsWith(wanted) : term === wanted)),
  )

const matchesIn = (text: string, { all }: Query, version: number): Match[] => {
  const matches: Match[] = []
  for (const { 0: word, index } of text.matchAll(words)) {
    const terms = listOf(termsOf(word, version))
    for (const term of all)
      if (isFound(terms, term)) matches.push({ at: index + Math.max(0, word.indexOf(term.text)), term })
    if (matches.length >= matchesMost) break
  }
  return matches
}

/** Where the most different words of the query stand together. */
const placeOf = (matches: Match[]): number | undefined => {
  let best = { at: undefined as number | undefined, count: 0 }
  for (const [i, { at }] of matches.entries()) {
    const near = new Set<Term>()
    for (let j = i; j < matches.length && matches[j]!.at < at + shown - before; j++) near.add(matches[j]!.term)
    if (near.size > best.count) best = { at, count: near.size }
  }
  return best.at
}

/** The part of a text around the words that were found; null where none of them stands in what search reads of it. */
export const contextOf = async (
  content: string,
  { query, version }: { query: Query; version: number },
): Promise<string | null> => {
  // a long text takes milliseconds: others go on between two of them
  await breathe()
  const text = content.slice(0, limits.indexedCharacters)
  const at = placeOf(matchesIn(text, query, version))
  if (at === undefined) return null
  const start = at <= before ? 0 : wordStart(text, at - before)
  const end = start + shown
  const part = text.slice(start, end < text.length ? wordEnd(text, end) : text.length)
  return `${start > 0 ? '…' : ''}${part.replace(/\s+/g, ' ').trim().toWellFormed()}${end < text.length ? '…' : ''}`
}

/** The next beginning of a word, unless it is far: some scripts have no spaces. */
const wordStart = (text: string, from: number): number => {
  const space = text.slice(from, from + before / 2).search(/\s/)
  return space === -1 ? from : from + space + 1
}

const wordEnd = (text: string, to: number): number => {
  const last = text.slice(to - before / 2, to).search(/\s\S*$/)
  return last === -1 ? to : to - before / 2 + last
}
