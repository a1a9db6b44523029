import { limits } from '../config.ts'
import { introductions } from './introductions.ts'

// A line scanner, linear in the length of the text: the popular regular expressions for this can be made to run for seconds.

const scannedCharacters = 20_000

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** The beginning of a text without quoted history and signature, longer than a preview where there is more. */
const withoutQuotes = (text: string): string => {
  let own = ''
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (line.trimEnd() === '--') break
    if (trimmed.length < 300 && introductions.some((introduction) => introduction.test(trimmed))) {
      if (own !== '') break
      continue
    }
    // thousands of empty lines would each read again what is own
    if (trimmed !== '' && !trimmed.startsWith('>')) own = oneLine(`${own} ${trimmed}`)
    if (own.length > limits.previewCharacters) break
  }
  return own
}

/** One line of at most 140 characters: what lists show of a message. The whole text where nothing of it is its own. */
export const previewOf = (text: string): string => {
  const scanned = text.slice(0, scannedCharacters)
  const own = withoutQuotes(scanned) || oneLine(scanned)
  if (own.length <= limits.previewCharacters) return own
  const short = own.slice(0, limits.previewCharacters - 1)
  return `${short.isWellFormed() ? short : short.slice(0, -1)}…`
}
