import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

// What browsers load is built when the program is installed or released (scripts/build.ts), never by the server:
// docs/decisions/the-page-is-built-when-it-is-installed.md

export const root = join(import.meta.dirname, '..')
/** Where it is, with what it was built from. */
export const built = join(root, 'dist')
export const stamp = join(built, 'built-from')
export const page = join(built, 'page')
export const widget = join(built, 'support-widget.js')

/** Of everything that goes into it; undefined in a release, which has no sources. */
export const hashOfSources = async (): Promise<string | undefined> => {
  const files: string[] = []
  for await (const file of glob('{web,widget}/**/*.{ts,tsx,css,html,svg,json}', { cwd: root })) files.push(file)
  if (files.length === 0) return undefined
  const hash = createHash('sha256')
  for (const file of ['package-lock.json', 'scripts/build.ts', ...files.sort()])
    hash.update(`${file}\0`).update(await readFile(join(root, file)))
  return hash.digest('base64url')
}

/** Whether there is something to build. */
export const isOutdated = async (): Promise<boolean> => {
  const from = await readFile(stamp, 'utf8').catch(() => undefined)
  return from === undefined || from !== ((await hashOfSources()) ?? from)
}

/** What to run where the page is missing or old, and as whom. */
export const buildNotice = async (): Promise<string | undefined> => {
  try {
    if (!(await isOutdated())) return undefined
    const state = existsSync(stamp) ? 'older than their sources' : 'not built: only the API is served'
    const command = existsSync(join(root, 'node_modules/vite')) ? 'npm run build' : 'npm ci'
    return `The inbox page and the chat script are ${state}. Run as ${await ownerOf(root)}: cd ${root} && ${command}`
  } catch (error) {
    return `Whether the inbox page is up to date could not be checked: ${(error as Error).message}.`
  }
}

const ownerOf = async (folder: string): Promise<string> => {
  const { uid } = await stat(folder)
  return uid === 0 ? 'root' : `the owner of the folder (uid ${uid})`
}
