export type Value = string | number | bigint | null | Uint8Array

/** An SQL text with holes, and what goes in them. `parts` has one element more than `values`, and is the same array each time. */
export interface Sql {
  readonly parts: readonly string[]
  readonly values: readonly Value[]
}

const isSql = (value: Value | Sql): value is Sql => typeof value === 'object' && value !== null && 'parts' in value

/**
 * The only way to write a statement: values become parameters, a nested `sql` becomes part of the text.
 * Same text for both engines.
 */
export const sql = (strings: TemplateStringsArray, ...holes: (Value | Sql)[]): Sql =>
  holes.some(isSql)
    ? { parts: composed(strings, holes), values: holes.flatMap((hole) => (isSql(hole) ? hole.values : [hole])) }
    : { parts: strings, values: holes as Value[] }

/** What was put together in one place of the code: in each hole the parts of a nested text, or undefined for a value. */
interface Composed {
  nested: (readonly string[] | undefined)[]
  parts: readonly string[]
}

const compositions = new WeakMap<readonly string[], Composed[]>()

/** The same array whenever the same texts are put together: engines know their prepared statements by it. */
const composed = (strings: TemplateStringsArray, holes: (Value | Sql)[]): readonly string[] => {
  const nested = holes.map((hole) => (isSql(hole) ? hole.parts : undefined))
  let known = compositions.get(strings)
  if (!known) compositions.set(strings, (known = []))
  const same = known.find((one) => one.nested.every((parts, i) => parts === nested[i]))
  if (same) return same.parts
  const parts = [strings[0]!]
  nested.forEach((within = ['', ''], i) => {
    parts[parts.length - 1] += within[0]!
    parts.push(...within.slice(1))
    parts[parts.length - 1] += strings[i + 1]!
  })
  known.push({ nested, parts })
  return parts
}

const texts = new Map<string, readonly string[]>()

/** A text of our own making (a table's name, a pragma) as it stands: never anything that came from outside. */
export const verbatim = (text: string): Sql => {
  let parts = texts.get(text)
  if (!parts) texts.set(text, (parts = [text]))
  return { parts, values: [] }
}

export const nothing: Sql = verbatim('')

const lists = new Map<number, readonly string[]>()

/** For `in (…)`: as many parameters as there are values; at least one. */
export const list = (values: readonly Value[]): Sql => {
  let parts = lists.get(values.length)
  if (!parts) lists.set(values.length, (parts = ['', ...values.slice(1).map(() => ', '), '']))
  return { parts, values }
}

/** The text with `?` (SQLite, which looks for one with a number among all others) or `$1…` (PostgreSQL). */
export const textOf = ({ parts }: Sql, sign: '?' | '$'): string =>
  parts.reduce((before, part, i) => `${before}${sign === '?' ? sign : `$${i}`}${part}`)
