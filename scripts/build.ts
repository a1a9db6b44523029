import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build } from 'vite'
import { built, hashOfSources, isOutdated, page, root, stamp, widget } from '../server/built.ts'

// Builds what browsers load, web/ and widget/, into dist/, each file also compressed. Elsewhere first: it is replaced as a
// whole or not at all, also when two processes build at once.

const aside = `${built}.${process.pid}`
const placeAside = (path: string): string => join(aside, relative(built, path))

const buildPage = () =>
  build({
    configFile: join(root, 'web/vite.config.ts'),
    logLevel: 'error',
    // what the release lists of packages whose code is in the page
    build: { outDir: placeAside(page), license: { fileName: 'licenses.json' } },
  })

const buildWidget = () =>
  build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: aside,
      emptyOutDir: false,
      // the first of each that have constructable style sheets
      target: ['chrome99', 'edge99', 'firefox101', 'safari16.4'],
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: join(root, 'widget/main.ts'),
        output: { format: 'iife', entryFileNames: basename(widget) },
      },
    },
  })

const compress = async (file: string): Promise<void> => {
  const bytes = await readFile(file)
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes))
}

const hash = await hashOfSources()
try {
  await mkdir(aside, { recursive: true })
  await Promise.all([buildPage(), buildWidget()])
  for (const { parentPath, name } of await readdir(aside, { recursive: true, withFileTypes: true }))
    if (/\.(js|css|html|svg)$/.test(name)) await compress(join(parentPath, name))
  await writeFile(placeAside(stamp), hash!)
  await rm(built, { recursive: true, force: true })
  await rename(aside, built).catch(async (error: unknown) => {
    // another process has just built the same
    if (await isOutdated()) throw error
  })
} finally {
  await rm(aside, { recursive: true, force: true })
}
