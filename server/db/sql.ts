export type Value = string | number | bigint | null | Uint8Array

/** An SQL text with holes, and what goes in them. `parts` has one element more than `values`. */
export interface Sql {
  readonly parts: readonly string[]
  readonly values: readonly Value[]
}

const isSql = (value: Value | Sql): value is Sql => typeof value === 'object' && value !== null && 'parts' in value

/**
 * The only way to write a statement: values become parameters, a nested `sql` becomes part of the text.
 * Same text for both engines.
 */
export const sql = (strings: TemplateStringsArray, ...holes: (Value | Sql)[]): Sql => {
  if (!holes.some(isSql)) return { parts: strings, values: holes as Value[] }
  const parts = [strings[0]!]
  const values: Value[] = []
  holes.forEach((hole, i) => {
    const after = strings[i + 1]!
    if (isSql(hole)) {
      parts[parts.length - 1] += hole.parts[0]!
      parts.push(...hole.parts.slice(1))
      values.push(...hole.values)
      parts[parts.length - 1] += after
    } else {
      parts.push(after)
      values.push(hole)
    }
  })
  return { parts, values }
}

/** A text of our own making (a table's name, a pragma) as it stands: never anything that came from outside. */
export const verbatim = (text: string): Sql => ({ parts: [text], values: [] })

export const nothing: Sql = verbatim('')

/** For `in (…)`: as many parameters as there are values; at least one. */
export const list = (values: readonly Value[]): Sql => ({ parts: ['', ...values.slice(1).map(() => ', '), ''], values })

const texts = new Map<'?' | '$', WeakMap<readonly string[], string>>([
  ['?', new WeakMap()],
  ['$', new WeakMap()],
])

/** The text with `?1…` (SQLite) or `$1…` (PostgreSQL); built once for each place in the code that writes it. */
export const textOf = ({ parts }: Sql, sign: '?' | '$'): string => {
  const known = texts.get(sign)!
  let text = known.get(parts)
  if (text === undefined) {
    text = parts.reduce((before, part, i) => `${before}${sign}${i}${part}`)
    known.set(parts, text)
  }
  return text
}
