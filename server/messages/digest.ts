import { termsOf } from '../search/terms.ts'
import { previewOf } from './quoted.ts'

/** What lists show of a message's text, and what it is found by. */
export interface Digest {
  preview: string
  /** As `termsOf` gives them. */
  terms: string
}

export const digestOf = (text: string): Digest => ({ preview: previewOf(text), terms: termsOf(text) })
