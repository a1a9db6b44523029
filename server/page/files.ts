import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { page } from '../built.ts'
import type { encodingFor } from '../http/compress.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface PageFile {
  type: string
  etag: string
  bytes: Record<ReturnType<typeof encodingFor>, Buffer>
}

type PageFiles = ReadonlyMap<string, PageFile>

let loaded: Promise<PageFiles> | undefined

/** The built page by path, in memory once it was asked for; undefined where there is none. */
export const pageFiles = async (): Promise<PageFiles | undefined> => {
  loaded ??= load()
  return loaded.catch(() => {
    loaded = undefined
    return undefined
  })
}

const load = async (): Promise<PageFiles> => {
  const files = new Map<string, PageFile>()
  for (const entry of await readdir(page, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || !type) continue
    const path = join(entry.parentPath, entry.name)
    const [identity, gzip, br] = await Promise.all([path, `${path}.gz`, `${path}.br`].map((file) => readFile(file)))
    const etag = createHash('sha256').update(identity!).digest('base64url').slice(0, 22)
    files.set(`/${relative(page, path)}`, { type, etag, bytes: { identity: identity!, gzip: gzip!, br: br! } })
  }
  return files
}
