import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { decodeHz, decodeIso2022 } from './iso-2022.ts'

const unknown = '\uFFFD'
/** Their text is ASCII on the wire, or has zero bytes: it would pass for UTF-8. */
const notAscii = /^(?:utf7|utf16|utf32|ucs|hz)/
const iso2022 = /^(?:iso2022(?:jp|kr|cn)|junet$|cp5022\d$)/
const multibyte = /^(?:gb|big5|cp9(?:36|49|50)$|eucjp|cp932$)/
const escape = 0x1b
/** Where a character set with two bytes a letter begins (ISO 2022). */
// oxlint-disable-next-line no-control-regex
const twoByteEscape = /\x1b\$(?:[@AB]|[()*+][A-D])/
// oxlint-disable-next-line no-control-regex
const mayBeMore = /[\x1b\x80-\xff]/
const metaBytes = 4096

// names in mail that the library does not know, or takes for a smaller set than what the mails have in them
const aliases = new Map<string, string>(
  Object.entries({
    windows1252: 'iso88591 88591 latin1 l1 cp819 ibm819 isoir100 iso885911987 ansi windows1252 cp1252 msansi',
    windows1254: 'iso88599 latin5 l5',
    windows874: 'iso885911 tis620 dos874',
    iso88598: 'iso88598i iso88598e hebrew logical visual cp38598',
    iso88596: 'iso88596i iso88596e',
    gb18030: 'gb2312 gb231280 gbk cp936 windows936 ms936 gb18030 chinese euccn cp54936',
    big5hkscs: 'big5 cnbig5 big5hkscs big5eten bigfive',
    cp950: 'cp950 windows950 ms950',
    cp949: 'euckr ksc56011987 ksc56011989 ksc5601 cp949 windows949 ms949 uhc korean cp51949',
    cp932: 'shiftjis sjis cp932 ms932 windows932 windows31j mskanji ibm943',
    eucjp: 'eucjp ujis eucjpms cp51932 cp20932',
    macintosh: 'macintosh mac macroman cp10000',
    maccyrillic: 'maccyrillic macukrainian',
    koi8u: 'koi8ru',
    utf16: 'utf16 unicode iso10646ucs2 ucs2',
    utf7: 'utf7 unicode11utf7',
  }).flatMap(([name, others]) => others.split(' ').map((other) => [other, name] as const)),
)
const ascii = new Set(['', 'ascii', 'usascii', 'ansix341968', 'iso646us', '7bit', '8bit', 'default', 'unknown8bit'])
/** Encodings of the library that are no character sets. */
const noCharsets = new Set(['base64', 'hex', 'binary', 'internal', 'utf7imap'])
const utf8 = new Set(['utf8', 'unicode11utf8', 'utf8mb4', 'cesu8'])

/** Empty for ASCII, UTF-8 and what nobody knows: nothing that these say helps where the text is not UTF-8. */
const canonical = (label: string): string => {
  const plain = label
    .toLowerCase()
    .replace(/\*.*$/, '')
    .replace(/^(?:x-ms-|x-|cs(?=[a-z]))/, '')
    .replace(/[^a-z0-9]/g, '')
  const name = aliases.get(plain) ?? plain
  if (ascii.has(name) || utf8.has(name) || noCharsets.has(name)) return ''
  return iso2022.test(name) || name.startsWith('hz') || iconv.encodingExists(name) ? name : ''
}

/**
 * The text of a part, a header or a file name: UTF-8 if it is valid, else the declared charset, else windows-1252.
 * The first of the labels that somebody knows counts.
 */
export const decode = (bytes: Uint8Array, ...labels: (string | undefined)[]): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const label = labels.map((one) => canonical(one ?? '')).find((one) => one !== '') ?? ''
  if (!notAscii.test(label) && !iso2022.test(label) && isUtf8(buffer)) {
    if (label === '' && buffer.includes(escape) && twoByteEscape.test(buffer.toString('latin1')))
      return decodeIso2022(buffer)
    if (!multibyte.test(label) || !isAmbiguous(buffer)) return withoutMark(buffer.toString())
  }
  if (label !== '') {
    const text = decodeAs(buffer, label)
    if (isMostlyRight(text)) return text
  }
  const text = buffer.toString()
  return isMostlyRight(text) ? withoutMark(text) : iconv.decode(buffer, 'windows1252')
}

/** The same of a header's value, which has one character for each byte. */
export const decodeHeader = (bytes: string): string =>
  mayBeMore.test(bytes) ? decode(Buffer.from(bytes, 'latin1')) : bytes

/** The charset that an HTML text names in its first bytes. */
export const charsetOfHtml = (bytes: Uint8Array): string | undefined =>
  /<meta\b[^<>]{0,500}?\bcharset\s{0,20}=\s{0,20}(?:["']\s{0,20})?([\w:.-]{1,40})/i.exec(
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, metaBytes)).toString('latin1'),
  )?.[1]

const decodeAs = (buffer: Buffer, label: string): string => {
  if (label.startsWith('hz')) return decodeHz(buffer)
  return iso2022.test(label) ? decodeIso2022(buffer) : iconv.decode(buffer, label)
}

const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text)

/**
 * A few letters in a charset of China, Japan or Korea can be valid UTF-8 by chance, with two bytes a letter. UTF-8 needs
 * three for each letter of theirs.
 */
const isAmbiguous = (buffer: Buffer): boolean =>
  buffer.some((byte) => byte > 0x7f) && !buffer.some((byte) => byte >= 0xe0)

/** Some bytes may be broken, or cut off at the end. */
const isMostlyRight = (text: string): boolean => {
  if (!text.includes(unknown)) return true
  const wrong = text.split(unknown).length - 1
  return text.replace(/[\0-\x7F]/g, '').length > 2 * wrong
}
