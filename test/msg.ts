import { type Entry, burn } from '@kenjiuno/msgreader/lib/Burner.js'

/** By number: a text (in Unicode), bytes, a number or a time. */
export type SavedProperties = Record<number, string | Buffer | number | Date>

export interface Saved {
  properties: SavedProperties
  recipients?: SavedProperties[]
  /** A mail is attached as one. */
  attachments?: (SavedProperties | Saved)[]
  /** Strings in bytes of another charset. */
  ansi?: Record<number, Buffer>
}

const [folder, stream, root] = [1, 2, 5]
const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')

/** A file as Outlook saves mails (.msg). */
export const msg = (saved: Saved): Buffer => {
  const entries: Entry[] = [{ name: 'Root Entry', type: root, children: [], length: 0 }]
  const add = (parent: number, name: string, content?: Buffer): number => {
    entries[parent]!.children!.push(entries.length)
    const entry = content
      ? { name, type: stream, binaryProvider: () => new Uint8Array(content), length: content.length }
      : { name, type: folder, children: [], length: 0 }
    return entries.push(entry) - 1
  }

  const addProperties = (parent: number, properties: SavedProperties, header: number) => {
    const fixed: Buffer[] = [Buffer.alloc(header)]
    for (const [key, value] of Object.entries(properties)) {
      const id = Number(key)
      if (typeof value === 'number' || value instanceof Date) fixed.push(fixedProperty(id, value))
      else if (typeof value === 'string') add(parent, `__substg1.0_${hex(id, 4)}001F`, Buffer.from(value, 'utf16le'))
      else add(parent, `__substg1.0_${hex(id, 4)}0102`, value)
    }
    add(parent, '__properties_version1.0', Buffer.concat(fixed))
  }

  const addMail = (parent: number, { properties, recipients = [], attachments = [], ansi = {} }: Saved) => {
    for (const [i, recipient] of recipients.entries())
      addProperties(add(parent, `__recip_version1.0_#${hex(i, 8)}`), recipient, 8)
    for (const [i, attachment] of attachments.entries()) {
      const place = add(parent, `__attach_version1.0_#${hex(i, 8)}`)
      if ('properties' in attachment) {
        addMail(add(place, '__substg1.0_3701000D'), attachment)
        addProperties(place, { 0x3705: 5 }, 8)
      } else addProperties(place, attachment, 8)
    }
    for (const [id, bytes] of Object.entries(ansi)) add(parent, `__substg1.0_${hex(Number(id), 4)}001E`, bytes)
    addProperties(parent, properties, parent === 0 ? 32 : 24)
  }

  addMail(0, saved)
  return Buffer.from(burn(entries))
}

const fixedProperty = (id: number, value: number | Date): Buffer => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(value instanceof Date ? 0x40 : 0x03, 0)
  bytes.writeUInt16LE(id, 2)
  // hundreds of nanoseconds since 1601
  if (value instanceof Date) bytes.writeBigUInt64LE(BigInt(value.getTime() + 11_644_473_600_000) * 10_000n, 8)
  else bytes.writeUInt32LE(value, 8)
  return bytes
}

/** RTF as a body of Outlook has it, not compressed. */
export const storedRtf = (rtf: string): Buffer => {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(rtf.length + 12, 0)
  head.writeUInt32LE(rtf.length, 4)
  head.write('MELA', 8)
  return Buffer.concat([head, Buffer.from(rtf, 'latin1')])
}
