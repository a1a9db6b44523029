import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { Refusal } from '../config.ts'
import { limits } from '../limits.ts'

export interface CsvRow {
  cells: string[]
  /** In the file, counted from 1. */
  line: number
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const startBytes = 64 * 1024
// Excel writes and reads it: which sign stands between cells
const separatorLine = /^"?sep=(.)"?\r?$/

/**
 * The rows of a CSV file that are not blank, the header first. Comma, semicolon, tab or what a line `sep=` says; the
 * encoding is what `encodingOf` finds. `count` is told of the bytes that were read. Throws a Refusal where it is no CSV.
 */
export async function* readCsv(
  path: string,
  { encoding, count = () => {} }: { encoding: Encoding; count?: (bytes: number) => void },
): AsyncGenerator<CsvRow> {
  const [first = ''] = (await startOf(path, encoding)).split('\n', 1)
  const said = separatorLine.exec(first)?.[1]
  const options = {
    bom: true,
    delimiter: said ?? delimiterOf(first),
    ...(said === undefined ? {} : { from_line: 2 }),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: limits.bodyBytes,
  } as const
  // the loop below gets what goes wrong
  const rows = pipeline(Readable.from(decoded(path, { encoding, count })), parse(options), () => {})
  let line = said === undefined ? 1 : 2
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (record.some((cell) => /[^\s,;]/.test(cell))) yield { cells: record, line }
      line = info.lines + 1
    }
  } catch (error) {
    if (error instanceof CsvError) throw new Refusal(`It is not a CSV file that can be read: ${error.message}.`)
    throw error
  }
}

/** By the byte order mark or, in UTF-16 without one, the zeros between ASCII characters; UTF-8 where all of it is valid. */
export const encodingOf = async (path: string): Promise<Encoding> => {
  const start = await bytesAtStart(path)
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  const text = start.subarray(0, 1000)
  const zerosAt = (parity: number) => text.filter((byte, i) => byte === 0 && i % 2 === parity).length
  if (zerosAt(0) > text.length / 4) return 'utf-16be'
  if (zerosAt(1) > text.length / 4) return 'utf-16le'
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of createReadStream(path)) decoder.decode(chunk as Buffer, { stream: true })
    decoder.decode()
    return 'utf-8'
  } catch (error) {
    if (error instanceof TypeError) return 'windows-1252'
    throw error
  }
}

const bytesAtStart = async (path: string): Promise<Buffer> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const startOf = async (path: string, encoding: Encoding): Promise<string> =>
  new TextDecoder(encoding).decode(await bytesAtStart(path))

async function* decoded(
  path: string,
  { encoding, count }: { encoding: Encoding; count: (bytes: number) => void },
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of createReadStream(path)) {
    count((chunk as Buffer).length)
    yield decoder.decode(chunk as Buffer, { stream: true })
  }
  yield decoder.decode()
}

/** Whichever of the usual three stands most often in the header row. */
const delimiterOf = (header: string): string => {
  const count = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}
