import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build } from 'vite'
import { built, hashOfSources, root, stamp } from './sources.ts'

// Builds web/ into web/dist, each file also compressed. Elsewhere first: the page is served whole or not at all, also
// when two processes build it at once.

const aside = `${built}.${process.pid}`

const compress = async (file: string): Promise<void> => {
  const bytes = await readFile(file)
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes))
}

const hash = await hashOfSources()
try {
  await build({
    configFile: join(root, 'web/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: aside, emptyOutDir: true },
  })
  for (const { parentPath, name } of await readdir(aside, { recursive: true, withFileTypes: true }))
    if (/\.(js|css|html|svg)$/.test(name)) await compress(join(parentPath, name))
  await writeFile(join(aside, 'built-from'), hash)
  await mkdir(dirname(stamp), { recursive: true })
  await rm(built, { recursive: true, force: true })
  await rename(aside, built)
} finally {
  await rm(aside, { recursive: true, force: true })
}
