import msgReader, { type FieldsData } from '@kenjiuno/msgreader'
import { Reader } from '@kenjiuno/msgreader/lib/Reader.js'
import { type Entity, fieldFrom, filePart, mailboxFrom, messagePart, multipart, rawOf, textPart } from './compose.ts'
import {
  binaryType,
  bodyOf,
  charsetIn,
  numberIn,
  type Properties,
  property,
  stringType,
  textIn,
  unicodeType,
} from './mapi.ts'
import { fieldsIn } from './part-headers.ts'

/** A mail out of a file that Outlook saved (.msg, MS-OXMSG), as it would be sent. */
export interface SavedMail {
  raw: Buffer
  isDraft: boolean
}

type Library = InstanceType<typeof msgReader.default>
type Folder = ReturnType<Reader['rootFolder']>

const maxDepth = 10
const unsent = 0x08
const [integerType, timeType] = [0x03, 0x40]
/** Numbers of properties that have a name instead. */
const named = 0x8000
/** What else Outlook saves in such files. */
const noMail = /^IPM\.(?:Contact|Appointment|StickyNote|Task|Activity|DistList)\b/i

/** Throws where it is no mail, or broken. */
export const mailOfMsg = (bytes: Uint8Array): SavedMail => {
  try {
    return read(bytes, 0)
  } catch (error) {
    // whatever the library came across
    if (error instanceof RangeError || error instanceof TypeError)
      throw new Error('broken, or cut off', { cause: error })
    throw error
  }
}

const read = (bytes: Uint8Array, depth: number): SavedMail => {
  // a copy: the library takes the whole of what a part is seen through
  const whole = new Uint8Array(bytes).buffer
  assertSizes(whole)
  const library = new msgReader.default(whole)
  library.parserConfig = { includeRawProps: true }
  const fields = library.getFileData()
  const mail = readingOf(fields)
  const kind = mail.text(property.messageClass)
  if (noMail.test(kind)) throw new Error(`not a mail, but ${kind}`)
  const isDraft = (mail.number(property.flags) & unsent) !== 0 && mail.text(property.transportHeaders) === ''
  return { raw: rawOf(entityOf(library, fields, depth)), isDraft }
}

/** The library reserves and reads as much as a file says that it has. */
const assertSizes = (bytes: ArrayBuffer): void => {
  const reader = new Reader(bytes)
  if (!reader.isMSGFile()) throw new Error('not a file of Outlook (.msg)')
  reader.parse()
  const folders: Folder[] = [reader.rootFolder()]
  let size = 0
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for (const { length } of folder.fileNameSets()) size += length
    if (size > bytes.byteLength) throw new Error('says that it has more bytes than it has')
    folders.push(...folder.subFolders())
  }
}

/** Its properties, each as it was written. */
const propertiesOf = ({ rawProps = [] }: FieldsData): Properties => {
  const properties: Properties = new Map()
  for (const { propertyTag, value } of rawProps) {
    const tag = Number.parseInt(propertyTag ?? '', 16)
    const [id, type] = [tag >>> 16, tag & 0xffff]
    const bytes = id < named ? bytesOf(type, value) : undefined
    if (bytes) properties.set(id, { type, value: bytes })
  }
  return properties
}

const bytesOf = (type: number, value: unknown): Buffer | undefined => {
  if (typeof value === 'string' && type === unicodeType) return Buffer.from(value, 'utf16le')
  if (typeof value === 'string' && type === stringType) return Buffer.from(value, 'latin1')
  if (typeof value === 'string' && type === timeType) return Buffer.from(value)
  if (value instanceof Uint8Array && type === binaryType) return Buffer.from(value)
  if (typeof value !== 'number' || type !== integerType) return undefined
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const readingOf = (fields: FieldsData, inherited?: string) => {
  const properties = propertiesOf(fields)
  const charset = inherited ?? charsetIn(properties)
  const text = (id: number): string => textIn(properties, id, charset).trim()
  return {
    charset,
    text,
    number: (id: number): number => numberIn(properties, id),
    /** Of several addresses the first that is none of Exchange alone. */
    mailbox: (name: number, ...addresses: number[]) => ({
      name: text(name),
      address: addresses.map(text).find((address) => address.includes('@')) ?? '',
    }),
    body: () => bodyOf(properties, charset),
    time: (id: number): string => properties.get(id)?.value.toString() ?? '',
  }
}

const entityOf = (library: Library, fields: FieldsData, depth: number): Entity => {
  const mail = readingOf(fields)
  const { text, html } = mail.body()
  const [plain, rich] = [textPart('plain', text), textPart('html', html)]
  const shown = html === '' ? plain : text === '' ? rich : multipart('alternative', [plain, rich])
  const files = (fields.attachments ?? []).map((attachment) => partOf(library, attachment, { ...mail, depth }))
  const content = multipart('mixed', [shown, ...files])
  return { ...content, fields: [...headersOf(fields, mail), 'MIME-Version: 1.0', ...content.fields] }
}

const partOf = (
  library: Library,
  attachment: FieldsData,
  { charset, depth }: { charset: string; depth: number },
): Entity => {
  const { text } = readingOf(attachment, charset)
  const inner = attachment.innerMsgContentFields
  const kind = inner ? readingOf(inner).text(property.messageClass) : ''
  // a link to a file elsewhere has none
  const content = Buffer.from(
    attachment.dataId === undefined && !inner ? '' : library.getAttachment(attachment).content,
  )
  if (kind !== '' && !noMail.test(kind) && depth < maxDepth)
    return messagePart(text(property.longName), read(content, depth + 1).raw)
  const name = text(property.longName) || text(property.fileName) || text(property.displayName)
  return filePart({
    name: kind === '' ? name : `${name || 'attachment'}.msg`,
    contentType: text(property.contentType).toLowerCase(),
    contentId: text(property.contentId),
    content,
  })
}

/** Those that it arrived with, and what they lack. */
const headersOf = ({ recipients = [] }: FieldsData, mail: ReturnType<typeof readingOf>): string[] => {
  const arrived = fieldsIn(mail.text(property.transportHeaders)).filter(
    (field) => /^[!-9;-~]{1,100}[ \t]{0,10}:/.test(field) && !/^(?:content-|mime-version)/i.test(field),
  )
  const has = new Set(arrived.map((field) => field.slice(0, field.indexOf(':')).trimEnd().toLowerCase()))
  const { name, address } = mail.mailbox(
    property.senderName,
    property.senderSmtpAddress,
    property.senderAddress,
    property.submitterSmtpAddress,
    property.submitterAddress,
  )
  const to = (kind: string): string =>
    recipients
      .filter(({ recipType }) => recipType === kind)
      .map((recipient) => readingOf(recipient, mail.charset))
      .map((person) => person.mailbox(property.displayName, property.smtpAddress, property.emailAddress))
      .map(mailboxFrom)
      .join(', ')
  const made: [name: string, value: string][] = [
    ['From', mailboxFrom({ name: name || mail.text(property.submitterName), address })],
    ['To', to('to')],
    ['Cc', to('cc')],
    ['Bcc', to('bcc')],
    ['Subject', mail.text(property.subject)],
    ['Date', mail.time(property.submitTime) || mail.time(property.deliveryTime)],
    ['Message-ID', mail.text(property.messageId)],
    ['In-Reply-To', mail.text(property.inReplyTo)],
    ['References', mail.text(property.references)],
  ]
  return [
    ...arrived.map((field) => field.replace(/\r?\n/g, '\r\n')),
    ...made
      .filter(([key, value]) => value !== '' && !has.has(key.toLowerCase()))
      .map(([key, value]) => fieldFrom(key, value)),
  ]
}
