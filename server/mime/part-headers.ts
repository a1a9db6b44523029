import { createRequire } from 'node:module'
import type { decodeWords } from 'postal-mime'

// What is read of the headers of a part that is not kept: each value to a length, and in time that grows with it.

// loaded with the first name that needs it: no start waits for it
const require = createRequire(import.meta.url)
const decoded = (text: string): string =>
  (require('postal-mime') as { decodeWords: typeof decodeWords }).decodeWords(text)

const nameCharacters = 100
const valueCharacters = 4096

/** Of headers, each with the lines that it goes over. */
export const fieldsIn = (headers: string): string[] =>
  headers
    .split(/\n(?![ \t])/)
    .map((field) => field.replace(/\r$/, ''))
    .filter((field) => field !== '')

/** On one line. */
export const valueOf = (fields: string[], name: string): string => {
  const field = fields.find((one) => one.slice(0, one.indexOf(':')).trimEnd().toLowerCase() === name) ?? ''
  return field
    .slice(field.indexOf(':') + 1, valueCharacters)
    .replace(/\r?\n/g, ' ')
    .trim()
}

/** RFC 2045: a part that says nothing is text. */
export const typeIn = (value: string): string => value.split(';', 1)[0]!.trim().toLowerCase() || 'text/plain'

export const parameterOf = (value: string, name: string): string => {
  const found = new RegExp(`;\\s{0,99}${name}\\s{0,99}=\\s{0,99}(?:"([^"]{0,1000})"|([^\\s;"]{1,1000}))`, 'i').exec(
    value,
  )
  return found?.[1] ?? found?.[2] ?? ''
}

/** Also where it goes over several parameters (RFC 2231); UTF-8 where nothing can be made of its charset. */
export const nameIn = (fields: string[]): string => {
  const [disposition, type] = [valueOf(fields, 'content-disposition'), valueOf(fields, 'content-type')]
  for (const [value, name] of [
    [disposition, 'filename'],
    [type, 'name'],
  ] as const) {
    const plain = parameterOf(value, name)
    if (plain !== '') return oneLine(decoded(Buffer.from(plain, 'latin1').toString()))
    let coded = parameterOf(value, `${name}\\*`)
    for (let i = 0; i < 100; i++) {
      const piece = parameterOf(value, `${name}\\*${i}\\*?`)
      if (piece === '') break
      coded += piece
    }
    if (coded !== '') return oneLine(unescaped(coded))
  }
  return typeIn(type)
}

const unescaped = (text: string): string => {
  const [, charset = 'utf-8', coded = text] = /^([\w.:-]{0,40})'[^']{0,40}'(.*)$/s.exec(text) ?? []
  const bytes = Buffer.from(
    coded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes)
  } catch {
    return bytes.toString()
  }
}

const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, nameCharacters)
    .toWellFormed()
