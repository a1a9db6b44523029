import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

// What the tests' helpers expect of a test, for programs that take pictures.

const ends: (() => unknown)[] = []
export const t = {
  after: (end: () => unknown) => void ends.unshift(end),
  passed: true,
  diagnostic: (line: string) => process.stdout.write(`${line}\n`),
} as unknown as TestContext

export const leave = async (): Promise<void> => {
  for (const end of ends) await end()
}

const folder = join(import.meta.dirname, '../docs/images')
mkdirSync(folder, { recursive: true })

export const pictureFile = (name: string): string => join(folder, `${name}.png`)
