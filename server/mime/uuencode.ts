export interface EncodedFile {
  name: string
  content: Buffer
  /** Where its lines begin and end in the text. */
  start: number
  end: number
}

const begin = /^begin(-base64)? [0-7]{3,4} (.+)$/gm

/** The files that are written in a text between "begin 644 NAME" and "end". A text that only begins so is none. */
export const uudecode = (text: string): EncodedFile[] => {
  const files: EncodedFile[] = []
  begin.lastIndex = 0
  for (let found = begin.exec(text); found; found = begin.exec(text)) {
    const next = text.indexOf('\n', begin.lastIndex)
    const read = next === -1 ? undefined : (found[1] === undefined ? readLines : readBase64)(text, next + 1)
    if (!read) continue
    files.push({ name: found[2]!.trim(), content: Buffer.concat(read.chunks), start: found.index, end: read.end })
    begin.lastIndex = read.end
  }
  return files
}

interface Read {
  chunks: Buffer[]
  end: number
}

const linesFrom = function* (text: string, from: number): Generator<{ line: string; end: number }> {
  for (let at = from; at < text.length;) {
    const next = text.indexOf('\n', at)
    const end = next === -1 ? text.length : next + 1
    yield { line: text.slice(at, end).replace(/\r?\n$/, ''), end }
    at = end
  }
}

const readLines = (text: string, from: number): Read | undefined => {
  const chunks: Buffer[] = []
  for (const { line, end } of linesFrom(text, from)) {
    if (line.trim() === 'end') return { chunks, end }
    const chunk = decodeLine(line)
    if (!chunk) return undefined
    chunks.push(chunk)
  }
  return undefined
}

/** Its first sign says how many bytes it has; spaces at its end may have been cut off. */
const decodeLine = (line: string): Buffer | undefined => {
  if (!/^[ -`]*$/.test(line)) return undefined
  const length = line === '' ? 0 : (line.charCodeAt(0) - 0x20) & 0x3f
  const signs = Math.ceil(length / 3) * 4
  // some programs write one sign more, as a checksum
  if (line.trimEnd().length - 1 > signs + 1) return undefined
  const values = Array.from(line.slice(1, 1 + signs).padEnd(signs, ' '), (sign) => (sign.charCodeAt(0) - 0x20) & 0x3f)
  const bytes = Buffer.alloc((signs / 4) * 3)
  for (let i = 0; i < signs / 4; i++) {
    const [a, b, c, d] = values.slice(i * 4, i * 4 + 4) as [number, number, number, number]
    bytes.writeUIntBE((a << 18) | (b << 12) | (c << 6) | d, i * 3, 3)
  }
  return bytes.subarray(0, length)
}

const readBase64 = (text: string, from: number): Read | undefined => {
  const chunks: Buffer[] = []
  for (const { line, end } of linesFrom(text, from)) {
    if (/^=+$/.test(line)) return { chunks, end }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line)) return undefined
    chunks.push(Buffer.from(line, 'base64'))
  }
  return undefined
}
