import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
/** Where the built page is, and beside it, what it was built from. */
export const built = join(root, 'web/dist')
export const stamp = join(built, 'built-from')

/** Of everything that goes into the page. */
export const hashOfSources = async (): Promise<string> => {
  const files: string[] = []
  for await (const file of glob(['web/**/*.{ts,tsx,css,html,svg,json}', 'widget/contrast.ts'], {
    cwd: root,
    exclude: ['web/dist*'],
  }))
    files.push(file)
  const hash = createHash('sha256')
  for (const file of ['package-lock.json', ...files.sort()])
    hash.update(`${file}\0`).update(await readFile(join(root, file)))
  return hash.digest('base64url')
}

export const isBuilt = async (): Promise<boolean> =>
  (await readFile(stamp, 'utf8').catch(() => '')) === (await hashOfSources())
