import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const docs = join(import.meta.dirname, '../../docs/self-hosting.md')

/** Compares what something takes on the disk with the row of the table in docs/self-hosting.md. */
export const assertSize = async (t: TestContext, what: string, path: string): Promise<void> => {
  const megabytes = Number.parseInt(execFileSync('du', ['-sm', path], { encoding: 'utf8' }), 10)
  t.diagnostic(`${what}: ${megabytes} MB`)
  const row = (await readFile(docs, 'utf8')).split('\n').find((line) => line.startsWith(`| ${what} |`))
  const said = Number(/\| (\d+) MB \|/.exec(row ?? '')?.[1])
  assert.ok(Math.abs(megabytes - said) <= Math.max(1, said / 10), `${what} is ${megabytes} MB, not ${said}`)
}
