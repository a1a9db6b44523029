import iconv from 'iconv-lite'

/** How the bytes behind an escape sequence become bytes of a charset that the library has. */
interface Plane {
  charset: string
  /** Bytes of a letter. */
  width: number
  /** Before each letter. */
  prefix?: number
}

const ascii: Plane = { charset: 'ascii', width: 1 }
const planes: Record<string, Plane> = {
  B: ascii,
  J: ascii,
  I: { charset: 'eucjp', width: 1, prefix: 0x8e },
  '$@': { charset: 'eucjp', width: 2 },
  $B: { charset: 'eucjp', width: 2 },
  $D: { charset: 'eucjp', width: 2, prefix: 0x8f },
  $A: { charset: 'gbk', width: 2 },
  $C: { charset: 'cp949', width: 2 },
}

const [escape, shiftOut, shiftIn] = [0x1b, 0x0e, 0x0f]
/** The first of $ ( ) * + says how many bytes a letter has, the next which set is replaced, the last by what. */
// oxlint-disable-next-line no-control-regex
const sequence = /^\x1b(\$?)([()*+]?)([@-DIJ])/
const highBit = 0x80

/** ISO-2022-JP with its extensions, -KR and -CN without CNS: neither the runtime nor the library has all of them. */
export const decodeIso2022 = (bytes: Buffer): string => {
  const text: string[] = []
  let [plane, other, current] = [ascii, planes['I']!, ascii]
  for (let at = 0; at < bytes.length;) {
    const end = runEnd(bytes, at)
    if (end > at) text.push(decodeRun(bytes.subarray(at, end), current))
    if (end === bytes.length) break
    const [all, two, set, letter] = sequence.exec(bytes.toString('latin1', end, end + 4)) ?? []
    at = end + (all?.length ?? 1)
    if (bytes[end] === shiftOut) current = other
    else if (bytes[end] === shiftIn) current = plane
    else if (all !== undefined) {
      const named = planes[`${two}${letter}`] ?? ascii
      if (set === '' || set === '(') current = plane = named
      else other = named
    }
  }
  return text.join('')
}

const runEnd = (bytes: Buffer, from: number): number => {
  let at = from
  while (at < bytes.length && bytes[at] !== escape && bytes[at] !== shiftOut && bytes[at] !== shiftIn) at++
  return at
}

/** Controls stand between letters; what has its eighth bit set already is what a sender of Japan calls ISO-2022-JP, too. */
const decodeRun = (run: Buffer, { charset, width, prefix }: Plane): string => {
  if (charset === 'ascii')
    return run.some((byte) => byte >= highBit) ? iconv.decode(run, 'cp932') : run.toString('latin1')
  const out: number[] = []
  for (let at = 0; at < run.length;) {
    const byte = run[at]!
    if (byte <= 0x20) {
      out.push(byte)
      at += 1
      continue
    }
    if (prefix !== undefined) out.push(prefix)
    for (const one of run.subarray(at, at + width)) out.push(one | highBit)
    at += width
  }
  return iconv.decode(Buffer.from(out), charset)
}

/** GB 2312 between ~{ and ~} (RFC 1843). */
export const decodeHz = (bytes: Buffer): string => {
  const out: number[] = []
  let isTwo = false
  for (let at = 0; at < bytes.length; at++) {
    const [byte, next] = [bytes[at]!, String.fromCharCode(bytes[at + 1] ?? 0)]
    if (byte === 0x7e && '{}~\n'.includes(next)) {
      if (next === '~') out.push(byte)
      else isTwo = next === '{'
      at += 1
    } else if (isTwo && byte > 0x20) {
      out.push(byte | highBit, (bytes[at + 1] ?? 0) | highBit)
      at += 1
    } else {
      if (byte === 0x0a) isTwo = false
      out.push(byte)
    }
  }
  return iconv.decode(Buffer.from(out), 'gbk')
}
