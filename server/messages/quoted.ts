import { limits } from '../limits.ts'
import { segmentsOf } from './history.ts'

const scannedCharacters = 20_000

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** One line of at most 140 characters: what lists show of a message. The whole text where nothing of it is its own. */
export const previewOf = (text: string): string => {
  const scanned = segmentsOf(text.slice(0, scannedCharacters))
  const own = oneLine(
    scanned.flatMap(({ kind, lines }) => (kind === 'own' ? lines : [])).join(' ') ||
      scanned.flatMap(({ lines }) => lines).join(' '),
  )
  if (own.length <= limits.previewCharacters) return own
  const short = own.slice(0, limits.previewCharacters - 1)
  return `${short.isWellFormed() ? short : short.slice(0, -1)}…`
}
