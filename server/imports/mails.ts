import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Refusal } from '../config.ts'
import { limits } from '../limits.ts'
import { type MailParser, Unreadable } from '../mime/parser.ts'
import { keptOf, withoutFiles } from '../mime/without-files.ts'
import { readEmlx } from './emlx.ts'
import { readMbox, type Item } from './mbox.ts'

export type Kind = 'mbox' | 'mail' | 'folder' | 'csv'

const chunkBytes = 1024 * 1024

/** What a path holds; a file may be called otherwise. Throws a Refusal where it is nothing that can be imported. */
export const kindOf = async (path: string, name = path): Promise<Kind> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(
      error.code === 'ENOENT' ? `There is nothing at ${path}.` : `${path} cannot be read: ${error.message}.`,
    )
  })
  if (found.isDirectory()) {
    for await (const file of filesIn(path)) if (file) return 'folder'
    throw new Refusal(`${path} holds no files.`)
  }
  if (found.size === 0) throw new Refusal(`${name} is empty.`)
  if (/\.csv$/i.test(name)) return 'csv'
  if (await isMbox(path)) return 'mbox'
  if (mailFile.test(name)) return 'mail'
  throw new Refusal(
    `${name} is not known to be importable: expected an mbox file, a .eml, .emlx or .msg file, a .csv file, or a folder of mails.`,
  )
}

/** How files of Outlook begin (MS-CFB). */
const compoundFile = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const mailFile = /\.(?:emlx?|msg)$/i
/** What mail programs and systems keep beside the mails. */
const index =
  /(?:^|[\\/])(?:table_of_contents|\.DS_Store|Thumbs\.db|desktop\.ini|maildirsize|maildirfolder|subscriptions|(?:dovecot|courier)[^\\/]*|[^\\/]*\.(?:msf|plist))$/i

interface Reading {
  /** For files of Outlook. */
  parser: Pick<MailParser, 'mailOfMsg'>
  /** What the file is called in the report. */
  name?: string | undefined
  /** Is told of the bytes that were read of it. */
  count?: (bytes: number) => void
  /** Of a larger mail the files are left out. */
  mailBytes?: number
}

/** Every mail that a file or folder holds, in a fixed order, and every file that is none. */
export async function* readMails(
  path: string,
  kind: Kind,
  { parser, name = basename(path), count = () => {}, mailBytes = limits.mailBytes }: Reading,
): AsyncGenerator<Item> {
  const one = { parser, mailBytes }
  if (kind === 'mbox') yield* readMbox(counted(path, count), name, mailBytes)
  else if (kind === 'mail') {
    count((await stat(path)).size)
    yield await readOne(path, name, one)
  } else
    for await (const { path: file, problem } of filesIn(path)) {
      const place = relative(path, file)
      if (problem) yield { place, problem }
      else if (!index.test(place)) yield* readFileOf(file, place, one)
    }
}

async function* counted(path: string, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    count((chunk as Buffer).length)
    yield chunk as Buffer
  }
}

async function* filesIn(folder: string): AsyncGenerator<{ path: string; problem?: string }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => error)
  if (entries instanceof Error) {
    yield { path: folder, problem: `cannot be read: ${entries.message}` }
    return
  }
  const names = new Set(entries.map(({ name }) => name))
  const isMaildir = names.has('cur') && names.has('new')
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    // in a maildir, tmp holds what is still being delivered
    if (entry.isDirectory() && !(isMaildir && entry.name === 'tmp')) yield* filesIn(path)
    else if (!entry.isDirectory()) yield await fileAt(path)
  }
}

/** Links to files are followed, links to folders are not: they may lead round in a circle. */
const fileAt = async (path: string): Promise<{ path: string; problem?: string }> => {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return { path }
  return { path, problem: found?.isDirectory() ? 'a link to a folder, which is not followed' : 'not a file' }
}

type OneMail = Required<Pick<Reading, 'parser' | 'mailBytes'>>

async function* readFileOf(path: string, place: string, one: OneMail): AsyncGenerator<Item> {
  const isMail = mailFile.test(path) || /(?:^|[\\/])(?:cur|new)[\\/][^\\/]+$/.test(path)
  try {
    if (isMail) yield { ...(await readOne(path, place, one)), path: place }
    else if (await isMbox(path)) {
      const items = readMbox(createReadStream(path, { highWaterMark: chunkBytes }), place, one.mailBytes)
      for await (const item of items) yield { ...item, path: place }
    } else yield { place, problem: 'neither a mail (.eml, .emlx, .msg, maildir) nor an mbox file' }
  } catch (error) {
    yield { place, problem: `cannot be read: ${(error as Error).message}` }
  }
}

const readOne = async (path: string, place: string, { parser, mailBytes }: OneMail): Promise<Item> => {
  const { size } = await stat(path)
  if (size === 0) return { place, problem: 'empty' }
  if (/\.emlx$/i.test(place)) return readEmlx(path, place, mailBytes)
  // some programs give this name to mails as they were sent
  if (!/\.msg$/i.test(place) || !(await isOfOutlook(path)))
    return { place, ...(await keptOf(createReadStream(path), mailBytes)) }
  if (size > limits.mailBytesMost) return { place, problem: `larger than ${limits.mailBytesMost} bytes` }
  try {
    const { raw, isDraft } = await parser.mailOfMsg(await readFile(path))
    return { place, isDraft, ...withoutFiles(Buffer.from(raw), mailBytes) }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { place, problem: `cannot be read: ${error.message}` }
  }
}

/** With or without a byte order mark. */
const isMbox = async (path: string): Promise<boolean> =>
  /^\uFEFF?From[ \r\n]/.test((await beginningOf(path, 16)).toString())

const isOfOutlook = async (path: string): Promise<boolean> =>
  (await beginningOf(path, compoundFile.length)).equals(compoundFile)

const beginningOf = async (path: string, length: number): Promise<Buffer> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
