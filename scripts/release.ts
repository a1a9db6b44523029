import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { cp, glob, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isOutdated, root } from '../server/built.ts'
import packageOf from '../package.json' with { type: 'json' }
import { billOfMaterials } from './bill-of-materials.ts'

// npm run release [-- --folder FOLDER]: release/support-inbox-VERSION.tar.gz with all that a server needs but Node.js, or
// the same as a folder. Two runs of one commit make the same bytes.

/** What is shipped as it is. */
const plain = ['dist', 'docs', 'examples', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md']
/** Of packages, what Node.js does not load. */
const unused = /\.(map|d\.[cm]?ts)$/

const shipProgram = async (to: string): Promise<void> => {
  for (const path of plain) await cp(join(root, path), join(to, path), { recursive: true })
  for await (const file of glob(['bin/*', 'server/**/*.ts'], { cwd: root, exclude: ['**/*.test.ts'] }))
    await writeInto(join(to, inJavaScript(file)), toJavaScript(await readFile(join(root, file), 'utf8')))
}

const writeInto = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

// Node.js strips no types below node_modules, where npx puts the program
const inJavaScript = (file: string): string => file.replace(/\.ts$/, '.js')

/** Imports and the programs of threads and processes are named in quotes, and nothing else that ends in .ts. */
const toJavaScript = (code: string): string => stripTypeScriptTypes(code).replaceAll(/\.ts(?=['"`])/g, '.js')

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>
}

/** The packages that the server loads, as they are installed here. */
const shipPackages = async (to: string): Promise<void> => {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  const shipped = Object.entries(lock.packages).filter(([path, of]) => path !== '' && !of.dev && !of.devOptional)
  for (const [path] of shipped) {
    const from = join(root, path)
    await cp(from, join(to, path), {
      recursive: true,
      filter: (file) => !unused.test(file) && !relative(from, file).split('/').includes('node_modules'),
    })
  }
}

const shipPackageJson = (to: string): Promise<void> => {
  const { name, version, description, license, bin, type, scripts, dependencies, engines } = packageOf
  const release = { name, version, private: true, description, license, bin, type, scripts: { start: scripts.start } }
  return writeJson(join(to, 'package.json'), {
    ...release,
    dependencies,
    // npm pack takes them along, so that npx needs no registry
    bundleDependencies: true,
    engines,
    os: ['!win32'],
  })
}

const writeJson = (file: string, content: object): Promise<void> =>
  writeFile(file, `${JSON.stringify(content, null, 2)}\n`)

const sha256 = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

const writeChecksums = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const lines = []
  for (const file of files.sort()) lines.push(`${await sha256(file)}  ${relative(folder, file)}\n`)
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''))
}

/** Seconds: when the commit was made, so that a later run makes the same. */
const timeOfRelease = (): number => {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given) return Number(given)
  if (!existsSync(join(root, '.git'))) return Math.floor(Date.now() / 1000)
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }))
}

const stage = async (folder: string, time: number): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await shipProgram(folder)
  await shipPackages(folder)
  await shipPackageJson(folder)
  await writeJson(join(folder, 'sbom.cdx.json'), await billOfMaterials(time))
  await writeChecksums(folder)
}

/** With GNU tar. */
const pack = (folder: string, time: number): string => {
  const file = `${folder}.tar.gz`
  const fixed = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX']
  const compressor = '--use-compress-program=gzip -n -9'
  execFileSync('tar', ['-C', dirname(folder), ...fixed, compressor, '-cf', file, basename(folder)])
  return file
}

if (await isOutdated()) throw new Error('The page is not built: npm run build')
const time = timeOfRelease()
const at = process.argv.indexOf('--folder')
if (at !== -1) await stage(resolve(process.argv[at + 1]!), time)
else {
  const folder = join(root, 'release', `${packageOf.name}-${packageOf.version}`)
  await stage(folder, time)
  const file = pack(folder, time)
  await rm(folder, { recursive: true })
  await writeFile(`${file}.sha256`, `${await sha256(file)}  ${basename(file)}\n`)
  process.stdout.write(`${relative(process.cwd(), file)}\n`)
}
