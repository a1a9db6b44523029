import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Refusal } from '../config.ts'
import { limits } from '../limits.ts'
import { emlxOf } from './emlx.ts'
import { keptOf, withoutFiles } from '../mime/without-files.ts'
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
    `${name} is not known to be importable: expected an mbox file, a .eml or .emlx file, a .csv file, or a folder of mails.`,
  )
}

const mailFile = /\.emlx?$/i
/** What mail programs and systems keep beside the mails. */
const index =
  /(?:^|[\\/])(?:table_of_contents|\.DS_Store|Thumbs\.db|desktop\.ini|maildirsize|maildirfolder|subscriptions|(?:dovecot|courier)[^\\/]*|[^\\/]*\.(?:msf|plist))$/i

interface Reading {
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
  { name = basename(path), count = () => {}, mailBytes = limits.mailBytes }: Reading = {},
): AsyncGenerator<Item> {
  if (kind === 'mbox') yield* readMbox(counted(path, count), name, mailBytes)
  else if (kind === 'mail') {
    count((await stat(path)).size)
    yield await readOne(path, name, mailBytes)
  } else
    for await (const { path: file, problem } of filesIn(path)) {
      const place = relative(path, file)
      if (problem) yield { place, problem }
      else if (!index.test(place)) yield* readFileOf(file, place, mailBytes)
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

async function* readFileOf(path: string, place: string, mailBytes: number): AsyncGenerator<Item> {
  const isMail = mailFile.test(path) || /(?:^|[\\/])(?:cur|new)[\\/][^\\/]+$/.test(path)
  try {
    if (isMail) yield { ...(await readOne(path, place, mailBytes)), path: place }
    else if (await isMbox(path)) {
      const items = readMbox(createReadStream(path, { highWaterMark: chunkBytes }), place, mailBytes)
      for await (const item of items) yield { ...item, path: place }
    } else yield { place, problem: 'neither a mail (.eml, .emlx, maildir) nor an mbox file' }
  } catch (error) {
    yield { place, problem: `cannot be read: ${(error as Error).message}` }
  }
}

const readOne = async (path: string, place: string, mailBytes: number): Promise<Item> => {
  const { size } = await stat(path)
  if (size === 0) return { place, problem: 'empty' }
  if (!/\.emlx$/i.test(place)) return { place, ...(await keptOf(createReadStream(path), mailBytes)) }
  // what follows the mail in such a file is known only at its end
  if (size > limits.mailBytesMost) return { place, problem: `larger than ${limits.mailBytesMost} bytes` }
  const item = emlxOf(await readFile(path), place)
  return 'raw' in item ? { ...item, ...withoutFiles(item.raw, mailBytes) } : item
}

/** With or without a byte order mark. */
const isMbox = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return /^\uFEFF?From[ \r\n]/.test(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}
