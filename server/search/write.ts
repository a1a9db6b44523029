import type { Tx } from '../db/db.ts'
import { searchOf, type Searchable } from './engine.ts'
import { hasRow, indexesIn } from './indexes.ts'

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

export const changeInSearch = async (tx: Tx, row: Searchable, { before, after }: Change): Promise<void> => {
  for (const version of await versionsOf(tx, row)) {
    const [old, terms] = [before(version), after(version)]
    if (old === terms) continue
    await searchOf(tx).remove(tx, { ...row, version, terms: old })
    await searchOf(tx).add(tx, { ...row, version, terms })
  }
}
