import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { cpuOf, growth, leastCpuOf } from '../cpu.ts'

// Every regular expression of the program, found in its sources, against long runs of whatever it has a meaning for.

const root = join(import.meta.dirname, '../..')
const sources = globSync('{server,widget,web}/**/*.{ts,tsx}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/*.test.ts'],
})

/** A literal stands where an expression may begin. */
const literal =
  /(?<=[(,=:[!&|?{;]\s*|\breturn\s+|^\s*)\/(?![/*\s])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)(?=\s*[.,;:)\]}]|\s*$)/gm

const found = sources.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(literal)].map(([, source, flags]) => ({
    file,
    expression: new RegExp(source!, flags),
  })),
)

const usual = ['a', '0', ' ', '\n', '\t', '\n ', '(', '<', '.', '-', '@', '=?', '\u0300', '가', 'a ', 'a.', '\n>', '; ']

interface Pump {
  start: string
  again: string
}

/** What it mentions, many times; and texts that it matches, of which a part comes many times. */
const pumpsOf = ({ source, flags }: RegExp): Pump[] => {
  const mentioned = source.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}\\]/gu) ?? []
  const runs = [...new Set([...usual, ...mentioned])].map((again) => ({ start: '', again }))
  // fast-check makes neither properties of characters nor what looks around
  const plain = source
    .replace(/\\p\{[^}]+\}/g, 'a')
    .replace(/\\u\{[^}]+\}/g, '\uFFFF')
    .replace(/\\b/gi, '')
    .replace(/\\\d/g, ' ')
    .replace(/\(\?<?[=!]/g, '(?:')
  const parts = textsMatching(new RegExp(plain, flags.replaceAll(/[^ms]/g, ''))).flatMap((text) =>
    [1, 2, 3, 5, 8, 13].flatMap((length) =>
      Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => ({
        start: text.slice(0, at),
        again: text.slice(at, at + length),
      })),
    ),
  )
  return [...new Map([...runs, ...parts].map((pump) => [JSON.stringify(pump), pump])).values()]
}

const textsMatching = (expression: RegExp): string[] =>
  fc.sample(fc.stringMatching(expression, { maxLength: 100 }), { numRuns: 12, seed: 1 })

/** Milliseconds that no text of such a length should take: then it is looked at more closely. */
const suspicious = 3

test('no regular expression takes more than linear time', () => {
  assert.ok(found.length > 100, `only ${found.length} were found`)
  for (const { file, expression } of found)
    for (const { start, again } of pumpsOf(expression)) {
      const run = (length: number) => {
        const text = `${start}${again.repeat(length / again.length)}\u0001`
        return () => void text.replace(expression, '')
      }
      // the worst kinds would not end on a long text
      const length = [250, 1000, 4000].find(
        (size) => cpuOf(run(size)) > suspicious && leastCpuOf(run(size)) > suspicious,
      )
      if (length === undefined) continue
      assert.ok(growth(run, length) < 3, `${file}: ${expression} on ${JSON.stringify({ start, again })}`)
    }
})
