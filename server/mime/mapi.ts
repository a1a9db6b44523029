import { charsetOfHtml, decode } from './charset.ts'
import { decompressRtf } from './compressed-rtf.ts'
import { textOfRtf } from './rtf.ts'

// Properties of a mail and its files as Outlook has them, in winmail.dat and in .msg files (MS-OXPROPS)

export const property = {
  messageClass: 0x001a,
  subject: 0x0037,
  submitTime: 0x0039,
  senderName: 0x0042,
  senderAddress: 0x0065,
  transportHeaders: 0x007d,
  submitterName: 0x0c1a,
  submitterAddress: 0x0c1f,
  deliveryTime: 0x0e06,
  flags: 0x0e07,
  body: 0x1000,
  rtf: 0x1009,
  html: 0x1013,
  messageId: 0x1035,
  references: 0x1039,
  inReplyTo: 0x1042,
  displayName: 0x3001,
  emailAddress: 0x3003,
  data: 0x3701,
  fileName: 0x3704,
  longName: 0x3707,
  contentType: 0x370e,
  contentId: 0x3712,
  smtpAddress: 0x39fe,
  internetCodePage: 0x3fde,
  language: 0x3ff1,
  messageCodePage: 0x3ffd,
  submitterSmtpAddress: 0x5d01,
  senderSmtpAddress: 0x5d02,
}
export const [stringType, unicodeType, binaryType, objectType] = [0x1e, 0x1f, 0x102, 0x0d]

interface Property {
  type: number
  value: Buffer
}
/** By number. */
export type Properties = Map<number, Property>

export const textIn = (properties: Properties, id: number, charset: string): string => {
  const found = properties.get(id)
  return found ? stringOf(found.value, found.type === unicodeType ? 'utf-16le' : charset) : ''
}

/** 0 where there is none. */
export const numberIn = (properties: Properties, id: number): number => {
  const bytes = properties.get(id)?.value
  return bytes && bytes.length >= 4 ? bytes.readUInt32LE(0) : 0
}

export const stringOf = (bytes: Buffer, charset: string): string => decode(bytes, charset).replace(/\0[^]*$/, '')

// Windows code pages, each with the lower bits of its languages' numbers
const byLanguage = new Map(
  `874: 1e, 932: 11, 936: 04, 949: 12, 1250: 05 0e 15 18 1a 1b 24, 1251: 02 19 22 23 2f, 1253: 08, 1254: 1f 2c, 1255: 0d,
   1256: 01 20 29, 1257: 25 26 27, 1258: 2a`
    .split(',')
    .map((line) => line.split(':'))
    .flatMap(([page, languages]) =>
      languages!
        .trim()
        .split(' ')
        .map((language) => [Number.parseInt(language, 16), Number(page)] as const),
    ),
)
const traditionalChinese = new Set([0x0404, 0x0c04, 0x1404])

/** Of strings that are not in Unicode, where the mail itself says it. */
export const charsetIn = (properties: Properties): string => {
  const language = numberIn(properties, property.language)
  const usual = traditionalChinese.has(language) ? 950 : byLanguage.get(language & 0x3ff)
  return `cp${numberIn(properties, property.messageCodePage) || (usual ?? 1252)}`
}

/** Of a mail that was written in RTF, which may have been HTML before, only that may be there. */
export const bodyOf = (properties: Properties, charset: string): { text: string; html: string } => {
  const text = textIn(properties, property.body, charset)
  const html = htmlIn(properties, charset)
  const compressed = properties.get(property.rtf)
  if (html !== '' || !compressed) return { text, html }
  const rtf = textOfRtf(decompressRtf(compressed.value))
  return { text: text || rtf.plain, html: rtf.html }
}

const htmlIn = (properties: Properties, charset: string): string => {
  const found = properties.get(property.html)
  if (!found) return ''
  if (found.type !== binaryType) return textIn(properties, property.html, charset)
  const declared = `cp${numberIn(properties, property.internetCodePage)}`
  return decode(found.value, declared, charsetOfHtml(found.value), charset)
}
