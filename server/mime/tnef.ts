import {
  bodyOf,
  objectType,
  type Properties,
  property,
  stringOf,
  stringType,
  textIn,
  unicodeType,
  binaryType,
} from './mapi.ts'

export interface Unpacked {
  files: { name: string; contentType: string; contentId?: string; content: Buffer }[]
  text: string
  html: string
}

const signature = 0x223e9f78
const maxDepth = 3
// attributes, by MS-OXTNEF 2.1.3.3
const attribute = {
  body: 0x800c,
  data: 0x800f,
  title: 0x8010,
  attachment: 0x9002,
  message: 0x9003,
  properties: 0x9005,
  codePage: 0x9007,
}
/** Of types with a length of their own: strings, binary data and objects. */
const variable = new Set([objectType, stringType, unicodeType, binaryType])
const several = 0x1000
const named = 0x8000
const sizes: Record<number, number> = { 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16 }

/** What a winmail.dat of Outlook has in it; null where it is none, or broken. */
export const unpackTnef = (bytes: Buffer, depth = 0): Unpacked | null => {
  try {
    return read(bytes, depth)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

interface Attachment {
  title: string
  data: Buffer
  properties: Properties
}

const read = (bytes: Buffer, depth: number): Unpacked | null => {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== signature) return null
  let charset = 'windows-1252'
  let [plain, properties]: [Buffer | undefined, Properties] = [undefined, new Map()]
  const attachments: Attachment[] = []
  for (let at = 6; at + 11 <= bytes.length;) {
    const kind = bytes.readUInt16LE(at + 1)
    const content = slice(bytes, at + 9, bytes.readUInt32LE(at + 5))
    at += 9 + content.length + 2
    const last = attachments.at(-1)
    if (kind === attribute.codePage) charset = `cp${content.readUInt32LE(0)}`
    else if (kind === attribute.body) plain = content
    else if (kind === attribute.message) properties = propertiesIn(content)
    else if (kind === attribute.attachment)
      attachments.push({ title: '', data: Buffer.alloc(0), properties: new Map() })
    else if (last && kind === attribute.title) last.title = stringOf(content, charset)
    else if (last && kind === attribute.data) last.data = content
    else if (last && kind === attribute.properties) last.properties = propertiesIn(content)
  }
  if (plain && !properties.has(property.body)) properties.set(property.body, { type: stringType, value: plain })
  return {
    files: attachments.flatMap((attachment) => filesOf(attachment, charset, depth)),
    ...bodyOf(properties, charset),
  }
}

const filesOf = ({ title, data, properties }: Attachment, charset: string, depth: number): Unpacked['files'] => {
  const value = properties.get(property.data)
  // a mail in a mail, behind the identifier of its interface
  const inner = value?.type === objectType && depth < maxDepth ? unpackTnef(value.value.subarray(16), depth + 1) : null
  if (inner) return inner.files
  const text = (id: number) => textIn(properties, id, charset)
  const contentId = text(property.contentId)
  return [
    {
      name: text(property.longName) || title || text(property.fileName) || text(property.displayName),
      contentType: text(property.contentType).toLowerCase() || 'application/octet-stream',
      ...(contentId && { contentId }),
      content: data.length > 0 ? data : (value?.value ?? data),
    },
  ]
}

const propertiesIn = (bytes: Buffer): Properties => {
  const found: Properties = new Map()
  let at = 4
  for (let left = bytes.readUInt32LE(0); left > 0; left--) {
    const [type, id] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
    at += 4
    if (id >= named) at += bytes.readUInt32LE(at + 16) === 0 ? 24 : 24 + padded(bytes.readUInt32LE(at + 20))
    const isVariable = variable.has(type & ~several)
    const count = isVariable || type & several ? bytes.readUInt32LE(at) : 1
    if (isVariable || type & several) at += 4
    for (let i = 0; i < count; i++) {
      const length = isVariable ? bytes.readUInt32LE(at) : (sizes[type & ~several] ?? 4)
      if (isVariable) at += 4
      if (i === 0) found.set(id, { type: type & ~several, value: slice(bytes, at, length) })
      else slice(bytes, at, length)
      at += padded(length)
    }
  }
  return found
}

const padded = (length: number): number => length + ((4 - (length % 4)) % 4)

const slice = (bytes: Buffer, start: number, length: number): Buffer => {
  if (start + length > bytes.length) throw new RangeError('cut off')
  return bytes.subarray(start, start + length)
}
