import { parseArgs } from 'node:util'
import { table } from '../server/command.ts'
import { startPostgres } from '../test/postgres.ts'
import { asked, openInbox, workspaces, type Inbox } from './inbox.ts'

const sizes = [10_000, 1_000_000]

const help = `node bench/scale.ts [--server postgres://…] [--rounds N]

Asks every kind of read of the API, through the real app on PostgreSQL, in an inbox of 10,000 and in one of 1,000,000
messages (${workspaces} workspaces each), in turn, one request at a time. Prints median and 99th percentile in milliseconds
and how many times as long the large one takes. Ends with 1 when a median takes more than twice as long.

  --server URL  A server of yours: the databases scale_10000 and scale_1000000 are made there, kept, and used again.
                Without it one is started in a temporary folder, filled, and removed at the end.
  --rounds N    Each of ${asked} workspaces is asked so often. 10 unless said
  --help        Print this.
`

/** Milliseconds by kind of request and size. The sizes take turns, so that a busy machine is busy for both. */
const measure = async (inboxes: Inbox[], rounds: number): Promise<Map<string, number[][]>> => {
  const times = new Map(Object.keys(inboxes[0]!.asked[0]!.paths).map((kind) => [kind, inboxes.map((): number[] => [])]))
  for (let round = -1; round < rounds; round++)
    for (let workspace = 0; workspace < asked; workspace++)
      for (const [kind, taken] of times)
        for (const [size, inbox] of inboxes.entries()) {
          const { get, paths } = inbox.asked[workspace]!
          const begin = performance.now()
          await get(paths[kind]!)
          // the first round warms up
          if (round >= 0) taken[size]!.push(performance.now() - begin)
        }
  return times
}

const at = (part: number, times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * part)]!

const report = (times: Map<string, number[][]>): boolean => {
  const rows = [...times].map(([kind, [small, large]]) => {
    const ratio = at(0.5, large!) / at(0.5, small!)
    const cells = [at(0.5, small!), at(0.99, small!), at(0.5, large!), at(0.99, large!), ratio]
    return { cells: [kind, ...cells.map((n) => n.toFixed(2))], isFine: ratio <= 2 }
  })
  const heads = ['', 'p50 10k', 'p99 10k', 'p50 1M', 'p99 1M', 'p50 ratio']
  process.stdout.write(`${table([heads, ...rows.map(({ cells }) => cells)])}\n`)
  return rows.every(({ isFine }) => isFine)
}

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    rounds: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) process.stdout.write(help)
else {
  const started = values.server === undefined ? await startPostgres({ isDurable: true }) : undefined
  const inboxes: Inbox[] = []
  try {
    for (const size of sizes) inboxes.push(await openInbox(values.server ?? started!.server, size))
    process.exitCode = report(await measure(inboxes, Number(values.rounds))) ? 0 : 1
  } finally {
    for (const { close } of inboxes) await close()
    await started?.stop()
  }
}
