import { decode, decodeHeader } from './charset.ts'

/** RFC 2047, with the language of RFC 2231. */
const pattern = String.raw`=\?([^?\s*]+)(?:\*[^?\s]*)?\?([QqBb])\?([^?]*)\?=`
const encodedWord = new RegExp(pattern, 'g')
const encodedWordHere = new RegExp(pattern, 'y')

/** The end of the encoded word that begins here; -1 where none does. */
export const encodedWordEnd = (header: string, at: number): number => {
  encodedWordHere.lastIndex = at
  return encodedWordHere.test(header) ? encodedWordHere.lastIndex : -1
}

interface Words {
  charset: string
  /** Of the last word, in base64 that goes on in the next. */
  open: string
  bytes: Buffer[]
}

/**
 * The text of a header's value, which has one character for each byte. Neighbouring encoded words in one charset are
 * joined as bytes: senders split letters between them.
 */
export const decodeWords = (header: string): string => {
  const text: string[] = []
  let words: Words | undefined
  let end = 0
  const flush = () => {
    if (words) text.push(decode(Buffer.concat([...words.bytes, Buffer.from(words.open, 'base64')]), words.charset))
    words = undefined
  }
  for (const match of header.matchAll(encodedWord)) {
    const [all, label, encoding, content] = match as unknown as [string, string, string, string]
    const between = header.slice(end, match.index)
    const charset = label.toLowerCase()
    if (words && (between.trim() !== '' || words.charset !== charset)) flush()
    if (between.trim() !== '') text.push(decodeHeader(between))
    else if (end === 0) text.push(between)
    words ??= { charset, open: '', bytes: [] }
    add(words, encoding.toUpperCase() === 'B', content)
    end = match.index + all.length
  }
  flush()
  text.push(decodeHeader(header.slice(end)))
  return text.join('')
}

const add = (words: Words, isBase64: boolean, content: string): void => {
  const base64 = isBase64 ? words.open + content.replace(/[^A-Za-z0-9+/=]/g, '') : ''
  const isWhole = base64.includes('=') || base64.length % 4 === 0
  if (words.open !== '' && !isBase64) words.bytes.push(Buffer.from(words.open, 'base64'))
  words.open = isWhole ? '' : base64
  if (!isBase64) words.bytes.push(unquoted(content))
  else if (isWhole) words.bytes.push(Buffer.from(base64, 'base64'))
}

const unquoted = (content: string): Buffer =>
  Buffer.from(
    content
      .replaceAll('_', ' ')
      .replace(/=\s*([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
