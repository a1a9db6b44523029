import { type FileHandle, open } from 'node:fs/promises'
import { keptOf } from '../mime/without-files.ts'
import type { Item } from './mbox.ts'

// bits of "flags" in the property list at the end of the file
const deleted = 1 << 1
const draft = 1 << 6

const firstLineBytes = 32
const listBytes = 64 * 1024

/** The mail in a file of Apple Mail: the number of its bytes in a line of its own, the mail, and a property list. */
export const readEmlx = async (path: string, place: string, mailBytes: number): Promise<Item> => {
  const file = await open(path)
  try {
    const [line = '', digits = ''] = /^\s*(\d{1,15})[ \t\r]*\n/.exec(await textAt(file, 0, firstLineBytes)) ?? []
    const end = line.length + Number(digits)
    if (Number(digits) === 0 || end > (await file.stat()).size)
      return { place, problem: 'not a mail of Apple Mail (.emlx): it does not begin with the number of its bytes' }
    const mail = file.createReadStream({ start: line.length, end: end - 1, autoClose: false })
    const flags = /<key>flags<\/key>\s{0,20}<(?:integer|real)>(\d{1,12})</.exec(await textAt(file, end, listBytes))?.[1]
    const bits = Number(flags ?? 0)
    return {
      place,
      ...(await keptOf(mail, mailBytes)),
      isDeleted: (bits & deleted) !== 0,
      isDraft: (bits & draft) !== 0,
      isPartial: /\.partial\.emlx$/i.test(place),
    }
  } finally {
    await file.close()
  }
}

const textAt = async (file: FileHandle, position: number, length: number): Promise<string> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.toString('latin1', 0, bytesRead)
}
