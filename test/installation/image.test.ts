import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freshFolder } from '../app.ts'
import { canMount, hasPackage } from '../faults/tools.ts'
import { freePort } from './machine.ts'
import { assertSize } from './sizes.ts'
import { answering, letAdaIn, tryOut } from './try-out.ts'

interface Image {
  User: string
  Env: string[]
  Entrypoint: string[]
  Cmd: string[]
  WorkingDir: string
  Volumes: object
  Healthcheck: { Test: string[] }
}

/** The unchanged Dockerfile, built; `root` is the image's file system. */
const buildImage = async (t: TestContext) => {
  const buildah = (...words: string[]) =>
    execFileSync('buildah', ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), ...words], {
      encoding: 'utf8',
    }).trim()
  const folder = await freshFolder(t, async () => void buildah('umount', '--all'))
  execFileSync('bash', [join(import.meta.dirname, 'image.sh'), folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  const container = buildah('from', '--pull-never', 'support-inbox')
  const { Docker } = JSON.parse(buildah('inspect', '--type', 'image', 'support-inbox'))
  return { folder, image: Docker.config as Image, root: buildah('mount', container) }
}

test('the image serves as its user on a read-only file system', { timeout: 1_200_000 }, async (t) => {
  if (!canMount(t) || !hasPackage(t, 'buildah') || !hasPackage(t, 'debootstrap')) return
  const { folder, image, root } = await buildImage(t)
  assert.equal(image.User, 'node')
  assert.deepEqual(Object.keys(image.Volumes), ['/data'])
  // what a new volume begins with
  const data = join(folder, 'data')
  execFileSync('cp', ['-a', join(root, 'data'), data])
  const user = new RegExp(`^${image.User}:[^:]*:(\\d+):`, 'm').exec(
    await readFile(join(root, 'etc/passwd'), 'utf8'),
  )![1]!
  const port = await freePort()
  const env = ['env', '-i', '-C', image.WorkingDir, ...image.Env, 'HOST=127.0.0.1', `PORT=${port}`]
  const words = ['--mount', '--pid', '--fork', '--kill-child', 'sh', join(import.meta.dirname, 'container.sh')]
  const start = [...words, root, data, user, ...env, ...image.Entrypoint, ...image.Cmd]
  const child = spawn('unshare', start, { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (texts.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (texts.stderr += String(chunk)))
  const address = `http://127.0.0.1:${port}`
  await answering(address, () => (child.exitCode === null ? undefined : `the container ended: ${texts.stderr}`))
  const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
  assert.match(await readFile(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:\\s${user}\\s${user}\\s`, 'm'))
  const within = (...command: string[]) =>
    spawnSync('nsenter', [`--target=${pid}`, '--mount', '--pid', '--root', '--', ...env, ...command], {
      encoding: 'utf8',
    })
  const [workspaceId] = /wrk_\w{24}/.exec(texts.stderr)!
  await tryOut(address, within('setpriv', `--reuid=${user}`, ...image.Entrypoint, ...letAdaIn(workspaceId)).stdout)
  const [kind, ...check] = image.Healthcheck.Test
  assert.equal(kind, 'CMD')
  assert.equal(within(...check).status, 0)
  assert.notEqual(within('touch', '/app/file').status, 0)
  await assertSize(t, 'in the image, beside its Node.js', join(root, 'app'))

  process.kill(Number(pid), 'SIGTERM')
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
})
