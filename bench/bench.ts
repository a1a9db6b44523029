import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../server/command.ts'
import type { Line, Row } from './row.ts'
import { compression } from './rows/compression.ts'
import { crowd } from './rows/crowd.ts'
import { growth } from './rows/growth.ts'
import { importing } from './rows/import.ts'
import { memory } from './rows/memory.ts'
import { noise } from './rows/noise.ts'
import { postgres } from './rows/postgres.ts'
import { reads } from './rows/reads.ts'
import { search, searchInOne } from './rows/search.ts'
import { slowDisk } from './rows/slow-disk.ts'
import { start } from './rows/start.ts'
import { writes } from './rows/writes.ts'

const rows: Row[] = [
  reads,
  compression,
  search,
  searchInOne,
  writes,
  slowDisk,
  importing,
  growth,
  crowd,
  noise,
  memory,
  start,
  postgres,
]

const help = `npm run bench -- [--only ROW] [--size N] [--rounds N] [--seconds N] [--data FOLDER]

Measures the served product against its own limits on this machine and prints a table; bench/README.md explains each row.
Ends with 1 when a bar is not reached.

  --only ROW      One of: ${rows.map(({ name }) => name).join(', ')}. May be given several times; all unless said
  --size N        Messages of the large inbox; a tenth as many contacts. 1000000 unless said
  --rounds N      How often each side of a comparison is measured, in turn. 5 unless said
  --seconds N     How long each time. 2 unless said
  --data FOLDER   Filled databases are kept here and used again. support-inbox-bench in the folder for temporary files
                  unless said
  --mbox FILE     The archive to import; shared/corpora/ham-1.mbox beside this folder unless said, or 20,000 made-up mails
                  where that is absent
  --help          Print this.
`

const realMails = join(import.meta.dirname, '../../shared/corpora/ham-1.mbox')

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: rows.map(({ name }) => name) },
    size: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    mbox: { type: 'string' },
    data: { type: 'string', default: join(tmpdir(), 'support-inbox-bench') },
    help: { type: 'boolean', short: 'h' },
  },
})

const measure = async ({ name, measure }: Row): Promise<Line[]> => {
  const temporary = mkdtempSync(join(tmpdir(), 'support-inbox-bench-'))
  const bench = {
    size: Number(values.size),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    kept: values.data,
    mbox: values.mbox ?? (existsSync(realMails) ? realMails : undefined),
    temporary,
  }
  const lines: Line[] = []
  try {
    for await (const line of measure(bench)) {
      process.stderr.write(`${name}: ${line.what}: ${line.measured}\n`)
      lines.push(line)
    }
    return lines
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

// so that what it has started ends with it
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

if (values.help) process.stdout.write(help)
else {
  const lines: Line[] = []
  for (const row of rows.filter(({ name }) => values.only.includes(name))) lines.push(...(await measure(row)))
  const cells = lines.map(({ what, measured, bar, isReached, beside }) => [
    what,
    measured,
    bar,
    isReached ? 'yes' : 'NO',
    beside,
  ])
  process.stdout.write(`${table([['', 'measured', 'bar', 'reached', 'in figures'], ...cells])}\n`)
  process.exitCode = lines.every(({ isReached }) => isReached) ? 0 : 1
}
