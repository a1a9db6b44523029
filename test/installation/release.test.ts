import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import packageOf from '../../package.json' with { type: 'json' }
import { freshFolder } from '../app.ts'
import { mail, mbox } from '../make.ts'
import { clientOf, startServer } from '../process.ts'
import { assertSize } from './sizes.ts'
import { ada, tryOut } from './try-out.ts'

const sh = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const name = `${packageOf.name}-${packageOf.version}`
const file = join(root, 'release', `${name}.tar.gz`)

const makeRelease = () => sh('npm', ['run', 'release'], { cwd: root })
let made: ReturnType<typeof makeRelease> | undefined

const unpackedRelease = async (t: TestContext): Promise<string> => {
  await (made ??= makeRelease())
  const folder = await freshFolder(t)
  execFileSync('tar', ['-xzf', file, '-C', folder])
  return join(folder, name)
}

const launcherIn = (folder: string) => join(folder, 'bin/support-inbox.mjs')

/** A mail through each of the programs beside the server: what receives files, what parses, what searches. */
const importMail = async (server: Awaited<ReturnType<typeof startServer>>): Promise<void> => {
  const ask = clientOf(server)
  const archive = mbox([
    mail({ From: 'Jane <jane@example.com>', To: 'help@team.example', Subject: 'Lost' }, 'A parcel.'),
  ])
  const sent = await fetch(`${server.address}/v1/workspaces/${server.workspaceId}/support/inbox/imports?name=a.mbox`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/octet-stream' },
    body: archive,
  })
  const { id } = ((await sent.json()) as { import: { id: string } }).import
  let state
  do {
    await sleep(100)
    state = (await ask('GET', `/imports/${id}`)).body.import
  } while (['WAITING', 'RUNNING'].includes(state.status))
  assert.deepEqual([state.status, state.stored], ['DONE', 1])
  assert.equal((await ask('GET', '/search?q=parcel')).body.results.messages.length, 1)
}

test('the release is complete, and the same when it is made again', async (t) => {
  const folder = await unpackedRelease(t)
  const first = await readFile(`${file}.sha256`, 'utf8')
  await makeRelease()
  assert.equal(await readFile(`${file}.sha256`, 'utf8'), first)
  execFileSync('sha256sum', ['--check', '--quiet', `${file}.sha256`], { cwd: dirname(file) })
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder })
  await assertSize(t, 'the release file', file)
  await assertSize(t, 'the release, unpacked', folder)

  const sbom = JSON.parse(await readFile(join(folder, 'sbom.cdx.json'), 'utf8'))
  assert.equal(sbom.bomFormat, 'CycloneDX')
  const listed = new Set<string>(sbom.components.map(({ name }: { name: string }) => name))
  const installed = globSync('node_modules/{*,@*/*}/package.json', { cwd: folder })
  assert.ok(installed.length > 100)
  for (const path of installed)
    assert.ok(listed.has(dirname(path).replace('node_modules/', '')), `${path} is not in the SBOM`)
  for (const name of ['react-dom', 'wouter']) assert.ok(listed.has(name), `${name} of the page is not in the SBOM`)
  for (const name of ['vite', 'typescript']) assert.ok(!listed.has(name), `${name} is not shipped`)

  for (const path of globSync('{bin,server}/**/*.{js,mjs}', { cwd: folder })) {
    const code = await readFile(join(folder, path), 'utf8')
    for (const [, named] of code.matchAll(/['"](\.{1,2}\/[^'"]+\.[jt]s|[\w-]+-process\.[jt]s)['"]/g))
      assert.ok(existsSync(join(folder, dirname(path), named!)), `${path} names ${named}`)
  }
})

test('the release starts on Node.js without npm', async (t) => {
  const folder = await unpackedRelease(t)
  const env = { DATA_DIR: join(dirname(folder), 'data'), PATH: '' }
  const server = await startServer(t, env, [], [process.execPath, launcherIn(folder)])
  await tryOut(server.address, server.signInUrl!, ada)
  await importMail(server)
  assert.equal(await server.stop('SIGTERM'), 0)
  assert.equal(server.texts.stderr, '')
})

test('npx installs what npm packs of the release', async (t) => {
  const folder = await unpackedRelease(t)
  const { stdout } = await sh('npm', ['pack', '--silent'], { cwd: folder })
  const packed = join(folder, stdout.trim())
  const env = { DATA_DIR: join(dirname(folder), 'data'), npm_config_cache: join(dirname(folder), 'cache') }
  const npx = ['npx', '--yes', '--offline', `--package=${packed}`, 'support-inbox']
  // timeout hands SIGTERM on to the server, and npx does not
  const server = await startServer(t, env, ['timeout', '300'], npx)
  try {
    await tryOut(server.address, server.signInUrl!, ada)
    await importMail(server)
  } finally {
    await server.stop('SIGTERM')
  }
})

test('without the packages of development only the API is served', async (t) => {
  await assertSize(t, "a checkout's packages", join(root, 'node_modules'))
  const folder = join(await freshFolder(t), 'checkout')
  await mkdir(folder)
  const left = new Set(['.git', 'node_modules', 'dist', 'release', 'data'])
  await cp(root, folder, { recursive: true, filter: (path) => dirname(path) !== root || !left.has(basename(path)) })
  const { stderr } = await sh('npm', ['ci', '--omit=dev'], { cwd: folder })
  assert.match(stderr, /Type: npm ci && npm prune --omit=dev\n/)
  await assertSize(t, 'without those of development', join(folder, 'node_modules'))
  const env = { DATA_DIR: join(folder, 'data') }
  const server = await startServer(t, env, [], [process.execPath, launcherIn(folder)])
  assert.equal((await fetch(server.address)).status, 503)
  await importMail(server)
  assert.match(server.texts.stderr, /Run as .+: cd .+\/checkout && npm ci\n$/)
  await server.stop('SIGTERM')

  // what cannot even be checked stops nothing
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'dist/built-from'), 'other sources')
  await rm(join(folder, 'package-lock.json'))
  const again = await startServer(t, env, [], [process.execPath, launcherIn(folder)])
  assert.equal((await fetch(`${again.address}/readyz`)).status, 200)
  while (again.texts.stderr === '') await once(again.child.stderr, 'data')
  assert.match(again.texts.stderr, /^Whether the inbox page is up to date could not be checked: ENOENT/)
})
