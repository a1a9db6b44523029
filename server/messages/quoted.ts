import { limits } from '../config.ts'
import { introductions } from './introductions.ts'

// A line scanner, linear in the length of the text: the popular regular expressions for this can be made to run for seconds.

const scannedCharacters = 20_000

/** The text without quoted history and signature; the whole text where nothing else is in it. */
const withoutQuotes = (text: string): string => {
  const own: string[] = []
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (line.trimEnd() === '--') break
    if (trimmed.length < 300 && introductions.some((introduction) => introduction.test(trimmed))) {
      if (own.some((before) => before !== '')) break
      continue
    }
    if (!trimmed.startsWith('>')) own.push(trimmed)
  }
  const result = own.join('\n').trim()
  return result === '' ? text : result
}

/** One line of at most 140 characters: what lists show of a message. */
export const previewOf = (text: string): string => {
  const own = withoutQuotes(text.slice(0, scannedCharacters)).replace(/\s+/g, ' ').trim()
  if (own.length <= limits.previewCharacters) return own
  const short = own.slice(0, limits.previewCharacters - 1)
  return `${short.isWellFormed() ? short : short.slice(0, -1)}…`
}
