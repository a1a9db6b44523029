import type { Tx } from '../db/db.ts'
import { type Entry, searchOf } from '../search/engine.ts'
import { listOf } from '../search/terms.ts'

/** Taking a word out of the search index costs 50 to 200 µs: a step takes out so many, or up to twice as many. */
export const termsAStep = 10

interface Long {
  row: Omit<Entry, 'terms'>
  text: string
  termsOf(text: string): string
  /** Resolves to 0 where the row has changed since. */
  store(text: string): Promise<number>
}

/**
 * Cuts the end off a text that has too many words for one step, and resolves to whether it had. Text and index agree
 * whenever the server is stopped.
 */
export const shorten = async (tx: Tx, { row, text, termsOf, store }: Long): Promise<boolean> => {
  const { inParts } = searchOf(tx)
  const terms = listOf(termsOf(text))
  if (!inParts || text === '' || terms.length <= 2 * termsAStep) return false
  const had = new Set(terms)
  for (let cut = Math.ceil((text.length * termsAStep) / terms.length); ; cut >>= 1) {
    const head = text.slice(0, -Math.max(1, cut))
    const kept = new Set(listOf(termsOf(head)))
    const removed = terms.filter((term) => !kept.has(term))
    if (removed.length > 2 * termsAStep && cut > 1) continue
    // a word that was cut through is another one
    const added = [...kept].filter((term) => !had.has(term))
    if ((await store(head)) > 0) await inParts(tx, row, { removed: removed.join(' '), added: added.join(' ') })
    return true
  }
}
