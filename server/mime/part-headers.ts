import { parametersOf } from './headers.ts'

// What is read of the headers of a part that is not kept: each value to a length, and in time that grows with it.

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

export const nameIn = (fields: string[]): string => {
  const [disposition, type] = [valueOf(fields, 'content-disposition'), valueOf(fields, 'content-type')]
  return oneLine(parametersOf(disposition).of('filename') ?? parametersOf(type).of('name') ?? '') || typeIn(type)
}

const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, nameCharacters)
    .toWellFormed()
