import type { Item } from './mbox.ts'

// bits of "flags" in the property list at the end of the file
const deleted = 1 << 1
const draft = 1 << 6

/** The mail in a file of Apple Mail: the number of its bytes in a line of its own, the mail, and a property list. */
export const emlxOf = (bytes: Buffer, place: string): Item => {
  const lineEnd = bytes.indexOf('\n')
  const size = Number(bytes.toString('latin1', 0, Math.max(0, Math.min(lineEnd, 20))).trim() || Number.NaN)
  const end = lineEnd + 1 + size
  if (!Number.isSafeInteger(size) || size < 1 || end > bytes.length)
    return { place, problem: 'not a mail of Apple Mail (.emlx): it does not begin with the number of its bytes' }
  const flags = /<key>flags<\/key>\s{0,20}<(?:integer|real)>(\d{1,12})</.exec(bytes.toString('latin1', end))?.[1]
  const bits = Number(flags ?? 0)
  return {
    place,
    raw: bytes.subarray(lineEnd + 1, end),
    isDeleted: (bits & deleted) !== 0,
    isDraft: (bits & draft) !== 0,
    isPartial: /\.partial\.emlx$/i.test(place),
  }
}
