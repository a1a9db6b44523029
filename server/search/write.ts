import type { Tx } from '../db/db.ts'
import { searchOf, type Searchable } from './engine.ts'
import { hasRow, indexesIn } from './indexes.ts'
import { listOf } from './terms.ts'

/** The terms of a row as a version makes them. */
export type TermsIn = (version: number) => string

/** The versions of the indexes that a row is in, or is to be in. */
export const versionsOf = async (tx: Tx, row: Searchable): Promise<number[]> =>
  (await indexesIn(tx)).filter((index) => hasRow(tx, index, row)).map(({ version }) => version)

export const addToSearch = async (tx: Tx, row: Searchable, termsIn: TermsIn): Promise<void> => {
  for (const version of await versionsOf(tx, row))
    await searchOf(tx).add(tx, { ...row, version, terms: termsIn(version) })
}

/** `termsIn` must give those that were added. */
export const removeFromSearch = async (tx: Tx, row: Searchable, termsIn: TermsIn): Promise<void> => {
  for (const version of await versionsOf(tx, row))
    await searchOf(tx).remove(tx, { ...row, version, terms: termsIn(version) })
}

interface Change {
  before: TermsIn
  after: TermsIn
}

/** Where removing a term takes long, only those that differ are. */
export const changeInSearch = async (tx: Tx, row: Searchable, { before, after }: Change): Promise<void> => {
  const { inParts, remove, add } = searchOf(tx)
  for (const version of await versionsOf(tx, row)) {
    const [old, terms] = [before(version), after(version)]
    if (old === terms) continue
    if (inParts) await inParts(tx, { ...row, version }, differenceOf(old, terms))
    else {
      await remove(tx, { ...row, version, terms: old })
      await add(tx, { ...row, version, terms })
    }
  }
}

const differenceOf = (before: string, after: string) => {
  const [had, has] = [new Set(listOf(before)), new Set(listOf(after))]
  return {
    removed: [...had].filter((term) => !has.has(term)).join(' '),
    added: [...has].filter((term) => !had.has(term)).join(' '),
  }
}
