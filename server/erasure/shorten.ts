import type { Tx } from '../db/db.ts'
import { searchOf, type Searchable } from '../search/engine.ts'
import { listOf } from '../search/terms.ts'
import { versionsOf } from '../search/write.ts'

/** Taking a word out of the search index costs 50 to 200 µs: a step takes out so many, or up to twice as many. */
export const termsAStep = 10

export interface Long {
  row: Searchable
  text: string
  termsOf(text: string, version: number): string
  /** Resolves to 0 where the row has changed since. */
  store(text: string): Promise<number>
}

/**
 * Cuts the end off a text that has too many words for one step, and resolves to whether it had. Text and indexes agree
 * whenever the server is stopped.
 */
export const shorten = async (tx: Tx, { row, text, termsOf, store }: Long): Promise<boolean> => {
  const { inParts } = searchOf(tx)
  if (!inParts || text === '') return false
  const indexes = (await versionsOf(tx, row)).map((version) => ({ version, terms: listOf(termsOf(text, version)) }))
  const most = Math.max(0, ...indexes.map(({ terms }) => terms.length))
  if (most <= 2 * termsAStep) return false
  for (let cut = Math.ceil((text.length * termsAStep) / most); ; cut >>= 1) {
    const head = text.slice(0, -Math.max(1, cut))
    const changes = indexes.map(({ version, terms }) =>
      changeOf(terms, { version, after: listOf(termsOf(head, version)) }),
    )
    if (changes.some(({ removed }) => removed.length > 2 * termsAStep) && cut > 1) continue
    if ((await store(head)) > 0)
      for (const { version, removed, added } of changes)
        await inParts(tx, { ...row, version }, { removed: removed.join(' '), added: added.join(' ') })
    return true
  }
}

const changeOf = (before: string[], { version, after }: { version: number; after: string[] }) => {
  const [had, kept] = [new Set(before), new Set(after)]
  // a word that was cut through is another one
  return {
    version,
    removed: before.filter((term) => !kept.has(term)),
    added: after.filter((term) => !had.has(term)),
  }
}
