import { limits } from '../limits.ts'

// MS-OXRTFCP

const headerBytes = 16
const [compressed, uncompressed] = [0x75465a4c, 0x414c454d]
const windowBytes = 4096
/** Two bytes stand for seventeen at most. */
const ratio = 9
/** What every text may refer to from its beginning. */
const dictionary = Buffer.from(
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor ' +
    'MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par ' +
    '\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
)

/** The RTF in a body as Outlook stores it; as much as there is where it is cut off or broken. */
export const decompressRtf = (bytes: Buffer): Buffer => {
  if (bytes.length < headerBytes) return Buffer.alloc(0)
  const size = Math.min(bytes.readUInt32LE(4), bytes.length * ratio, limits.rtfBytes)
  const kind = bytes.readUInt32LE(8)
  if (kind === uncompressed) return bytes.subarray(headerBytes, headerBytes + size)
  return kind === compressed ? unpacked(bytes, size) : Buffer.alloc(0)
}

const unpacked = (bytes: Buffer, size: number): Buffer => {
  const out = Buffer.alloc(dictionary.length + size)
  dictionary.copy(out)
  let [at, length] = [headerBytes, dictionary.length]
  while (at < bytes.length && length < out.length) {
    const flags = bytes[at++]!
    for (let bit = 0; bit < 8 && at < bytes.length && length < out.length; bit++) {
      if ((flags & (1 << bit)) === 0) {
        out[length++] = bytes[at++]!
        continue
      }
      if (at + 2 > bytes.length) return out.subarray(dictionary.length, length)
      const reference = bytes.readUInt16BE(at)
      at += 2
      const offset = length - (length % windowBytes) + (reference >> 4)
      const from = offset > length ? offset - windowBytes : offset
      // a reference to where it stands is the end
      if (from === length || from < 0) return out.subarray(dictionary.length, length)
      for (let i = 0; i < (reference & 15) + 2 && length < out.length; i++) out[length++] = out[from + i]!
    }
  }
  return out.subarray(dictionary.length, length)
}
