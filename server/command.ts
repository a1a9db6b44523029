import type { ParseArgsOptionsConfig } from 'node:util'
import type { Config } from './config.ts'

export interface Option {
  /** What stands behind it in the help; none for a switch. */
  value?: string
  help: string
  isRequired?: boolean
  /** May be given several times. */
  isMany?: boolean
}

export interface Given {
  config: Config
  /** Words that are not options. */
  words: string[]
  text(name: string): string | undefined
  texts(name: string): string[]
  has(name: string): boolean
}

/** What a command prints: `json` with --json, else `text`. */
interface Outcome {
  json: object
  text: string
  exitCode?: number
}

export interface Command {
  /** As it is typed: "keys create". */
  name: string
  /** What follows the name in the help. */
  words?: string[]
  summary: string
  help?: string
  options?: Record<string, Option>
  /** Undefined when it has printed for itself and goes on (serve). */
  run(given: Given): Promise<Outcome | undefined>
}

/** The command line was not right: the sentence is followed by where to find help. */
export class Misuse extends Error {}

export const parseOptions = ({ options = {} }: Command): ParseArgsOptionsConfig =>
  Object.fromEntries(
    Object.entries({ ...options, ...common }).map(([name, { value, isMany }]) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        multiple: isMany ?? false,
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  )

export const common: Record<string, Option> = {
  json: { help: 'Print one JSON object, for programs.' },
  help: { help: 'Print this.' },
}

/** A column for the eye: every row's cells padded to the widest. */
export const table = (rows: string[][]): string => {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), [])
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
