import { uudecode } from './uuencode.ts'

const [equals, lineFeed, carriageReturn] = [0x3d, 0x0a, 0x0d]

/** The bytes that were sent, whatever carried them. */
export const decodeTransfer = (body: Buffer, encoding: string): Buffer => {
  const name = encoding.trim().toLowerCase()
  if (name.includes('base64')) return fromBase64(body)
  if (name.includes('quoted-printable')) return fromQuotedPrintable(body)
  return /^(?:x-)?uu(?:e|encode)$/.test(name) ? (uudecode(body.toString('latin1'))[0]?.content ?? body) : body
}

/** Some programs pad each line. */
const fromBase64 = (body: Buffer): Buffer => {
  const text = body.toString('latin1')
  const padding = text.indexOf('=')
  if (padding === -1 || !/[A-Za-z0-9+/]/.test(text.slice(padding))) return Buffer.from(text, 'base64')
  return Buffer.concat(text.split(/=+/).map((part) => Buffer.from(part, 'base64')))
}

const digits = new Int8Array(256).fill(-1)
for (const [value, sign] of [...'0123456789ABCDEF'].entries())
  for (const digit of [sign, sign.toLowerCase()]) digits[digit.charCodeAt(0)] = value

const fromQuotedPrintable = (body: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(body.length)
  let length = 0
  for (let at = 0; at < body.length;) {
    const byte = body[at]!
    const [high, low] = byte === equals ? [digits[body[at + 1] ?? 0]!, digits[body[at + 2] ?? 0]!] : [-1, -1]
    const next = byte === equals && (high === -1 || low === -1) ? softBreakEnd(body, at + 1) : -1
    if (high !== -1 && low !== -1) {
      out[length++] = high * 16 + low
      at += 3
    } else if (next !== -1) at = next
    else {
      out[length++] = byte
      at += 1
    }
  }
  return out.subarray(0, length)
}

/** Behind the line end, before which relays may have left spaces; -1 where there is more than that. */
const softBreakEnd = (body: Buffer, from: number): number => {
  let at = from
  while (body[at] === 0x20 || body[at] === 0x09) at++
  if (body[at] === carriageReturn) at++
  if (at === body.length) return at
  return body[at] === lineFeed ? at + 1 : -1
}
