import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { growth, leastCpuOf } from '../../test/cpu.ts'
import { hostile, legitimate } from '../../test/attacks/hostile.ts'
import { limits } from '../limits.ts'
import { previewOf } from '../messages/quoted.ts'
import { listOf, termsOf } from './terms.ts'

/** What marks have in common with others of their bytes: the script of the text that they stand for. */
const scriptOf: Record<string, keyof typeof legitimate> = {
  'halfwidth sound marks': 'Japanese',
  'squared words': 'Japanese',
  'Tibetan vowel signs': 'Tibetan',
  'the sign of 18 characters': 'Arabic',
  'the sign of 18 characters, between others': 'Arabic',
}

const bytesOf = (text: string) => Buffer.byteLength(text)

test('terms of hostile texts cost at most twice those of legitimate ones', () => {
  for (const [name, make] of Object.entries(hostile)) {
    const text = make(limits.indexedCharacters)
    const usual = legitimate[scriptOf[name] ?? 'Latin']!
    const sample = usual(1000)
    const legal = usual((1000 * bytesOf(text)) / bytesOf(sample))
    const [expected, found] = [legal, text].map((each) => leastCpuOf(() => void termsOf(each), 5)) as [number, number]
    assert.ok(found < 2 * expected + 1, `${name}: ${found} ms, and ${expected} for what people write`)
  }
})

test('terms and previews of hostile texts cost linear time', () => {
  for (const [name, make] of Object.entries(hostile))
    for (const [what, of] of Object.entries({ termsOf, previewOf })) {
      const work = (length: number) => {
        const text = make(length)
        return () => void of(text)
      }
      // beyond the limit nothing is read
      if (leastCpuOf(work(limits.indexedCharacters)) < 5) continue
      assert.ok(growth(work, limits.indexedCharacters / 4) < 3, `${what}: ${name}`)
    }
})

test('a decomposed, compatible or repeated character changes no term', () => {
  const pieces = fc.constantFrom(
    ...'a É e\u0301 ß ﷺ ب ـ \u00AD . … 가 \u1100 \u1161 \u11A8 漢 ｶ \uFF9E \uFF9F カ ㌀ ㈱ ½ ﬁ \u0F71 \u0F72 \u0316 \u0300 ς Σ İ ı 𝐀'.split(
      ' ',
    ),
    ' ',
  )
  fc.assert(
    fc.property(fc.string({ unit: pieces, maxLength: 40 }), (text) => {
      const folded = text
        .normalize('NFKD')
        .replace(/[\p{M}\u00AD\u0640]/gu, '')
        .toUpperCase()
        .toLowerCase()
        .normalize('NFKC')
        .replaceAll('ς', 'σ')
      assert.equal(termsOf(text), termsOf(folded))
      assert.equal(termsOf(`${text}${text} ${text}`), termsOf(`${folded}${folded} ${folded}`))
    }),
    { numRuns: 1000 },
  )
})

test('a text has at most so many terms', () => {
  const text = Array.from({ length: limits.indexedTerms + 10 }, (_, i) => `é${i}`).join(' ')
  assert.equal(listOf(termsOf(text)).length, limits.indexedTerms)
})
