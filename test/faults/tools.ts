import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freshFolder } from '../app.ts'

const isRoot = process.getuid?.() === 0
const succeeds = (...[program, ...words]: [string, ...string[]]): boolean =>
  spawnSync(program, words, { stdio: 'ignore' }).status === 0

/** Whether a package of Debian is there; root installs it where it is not. Otherwise the test says that it was not run. */
export const hasPackage = (t: TestContext, name: string, program = name): boolean => {
  const isThere = () => succeeds(program, '--version')
  const install = () =>
    succeeds('apt-get', 'update') && succeeds('apt-get', ...'install -y --no-install-recommends'.split(' '), name)
  if (isThere() || (isRoot && install() && isThere())) return true
  t.skip(`NOT RUN: it needs ${name}, on Linux`)
  return false
}

export const hasStrace = (t: TestContext): boolean => hasPackage(t, 'strace')

/** Starts a program whose system calls of these names strace tampers with, as its `inject` says. */
export const tampering = (calls: string, how: string): string[] => [
  ...'strace -D -f --seccomp-bpf -qq -o /dev/null -e signal=none -e'.split(' '),
  `trace=${calls}`,
  '-e',
  `inject=${calls}:${how}`,
]

/** Whether file systems can be mounted; otherwise the test says that it was not run. */
export const canMount = (t: TestContext): boolean => {
  if (isRoot && process.platform === 'linux') return true
  t.skip('NOT RUN: only root can mount the file system that it needs, on Linux')
  return false
}

/** A folder on a file system of its own until the test ends; `words` are what `mount` is told of it. */
export const mountedFolder = async (t: TestContext, words: (beside: string) => string[]) => {
  const beside = await freshFolder(t, async () => void execFileSync('umount', ['--lazy', dataDir]))
  const dataDir = join(beside, 'mounted')
  mkdirSync(dataDir)
  execFileSync('mount', [...words(beside), dataDir])
  return { beside, dataDir }
}

/** Takes all the space that is left. */
export const fill = (file: string): void => {
  const fd = openSync(file, 'w')
  try {
    for (const page = Buffer.alloc(4096); ;) writeSync(fd, page)
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  } finally {
    closeSync(fd)
  }
}
