import { Refusal } from '../config.ts'
import { suggestionsOf } from './columns.ts'
import { encodingOf, readCsv } from './csv.ts'
import type { Import } from './schema.ts'

const samples = 3
const cellCharacters = 100
const columnsMost = 200

/** The columns of a CSV, each with what it seems to be and the first cells. Throws a Refusal where there are none. */
export const columnsIn = async (path: string, name: string): Promise<NonNullable<Import['columns']>> => {
  const rows: string[][] = []
  for await (const { cells } of readCsv(path, { encoding: await encodingOf(path) })) {
    rows.push(cells)
    if (rows.length > samples) break
  }
  const [header, ...first] = rows
  if (!header) throw new Refusal(`${name} has no rows.`)
  if (header.length > columnsMost)
    throw new Refusal(`${name} has ${header.length} columns: at most ${columnsMost} can be reviewed.`)
  const fields = suggestionsOf(header)
  return header.map((column, i) => ({
    name: column,
    field: fields[i]!,
    samples: first.map((cells) => (cells[i] ?? '').trim().slice(0, cellCharacters).toWellFormed()),
  }))
}
