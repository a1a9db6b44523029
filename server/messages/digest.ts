import { longTermsOf } from '../search/long-terms.ts'
import { termsOf } from '../search/terms.ts'
import { previewOf } from './quoted.ts'

/** What lists show of a message's text, and what it is found by. */
export interface Digest {
  preview: string
  /** As `termsOf` gives them for the newest version. */
  terms: string
}

/** Made before the transaction that stores the message. */
export const digestOf = async (text: string): Promise<Digest> => ({
  preview: previewOf(text),
  terms: await longTermsOf(text),
})

/** On this thread: of a short text, or where nobody waits. */
export const digestNow = (text: string): Digest => ({ preview: previewOf(text), terms: termsOf(text) })
