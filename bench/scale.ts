import { parseArgs } from 'node:util'
import pg from 'pg'
import { buildApp } from '../server/app.ts'
import { table } from '../server/command.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { createLog } from '../server/http/log.ts'
import { createKey } from '../server/keys/create.ts'
import { createMailParser } from '../server/mime/parser.ts'
import { listWorkspaces } from '../server/workspaces/queries.ts'
import { startPostgres } from '../test/postgres.ts'
import { generate } from './generate.ts'
import { frequentWords, requestsIn, type Get } from './requests.ts'

const sizes = [10_000, 1_000_000]
const workspaces = 100
/** Workspaces that are asked, from the largest to the smallest. */
const asked = 20

const help = `node bench/scale.ts [--server postgres://…] [--rounds N]

Asks every kind of read of the API, through the real app on PostgreSQL, in an inbox of 10,000 and in one of 1,000,000
messages (${workspaces} workspaces each), in turn, one request at a time. Prints median and 99th percentile in milliseconds
and how many times as long the large one takes. Ends with 1 when a median takes more than twice as long.

  --server URL  A server of yours: the databases scale_10000 and scale_1000000 are made there, kept, and used again.
                Without it one is started in a temporary folder, filled, and removed at the end.
  --rounds N    Each of ${asked} workspaces is asked so often. 10 unless said
  --help        Print this.
`

/** An inbox of one size behind the app. */
interface Inbox {
  /** Of each workspace, the requests by kind. */
  requests: { get: Get; paths: Record<string, string> }[]
  close(): Promise<void>
}

const openInbox = async (server: string, messages: number): Promise<Inbox> => {
  const where = readConfig({ DATABASE_URL: await filled(server, messages) })
  const db = await openDatabase(where, { role: 'server', onFatal: () => {} })
  const parser = createMailParser()
  const app = await buildApp({ db, parser, log: createLog('silent') })
  const reader = async (workspaceId: string): Promise<Get> => {
    const { secret } = await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))
    return async (path) => {
      const url = `/v1/workspaces/${workspaceId}/support/inbox${path}`
      const { statusCode, body } = await app.inject({ url, headers: { authorization: `Bearer ${secret}` } })
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`)
      return JSON.parse(body)
    }
  }
  const ids = (await listWorkspaces(db)).map(({ id }) => id)
  const chosen = ids.filter((_, i) => i % (workspaces / asked) === 0)
  const requests: Inbox['requests'] = []
  for (const [i, workspaceId] of chosen.entries()) {
    const get = await reader(workspaceId)
    const elsewhere = await frequentWords(db, chosen[(i + 1) % chosen.length]!)
    const paths = await requestsIn(db, { workspaceId, get, elsewhere: elsewhere.map(([word]) => word) })
    requests.push({ get, paths })
  }
  const close = async () => {
    await app.close()
    parser.close()
    await db.close()
  }
  return { requests, close }
}

/** The URL of a database with so many messages, made if there is none yet. */
const filled = async (server: string, messages: number): Promise<string> => {
  const name = `scale_${messages}`
  const admin = new pg.Client(`${server}/postgres`)
  await admin.connect()
  const { rows } = await admin.query('select 1 from pg_database where datname = $1', [name])
  if (rows.length === 0) await admin.query(`create database ${name}`)
  await admin.end()
  const databaseUrl = `${server}/${name}`
  if (rows.length > 0) return databaseUrl
  process.stderr.write(`Filling ${databaseUrl}\n`)
  const db = await openDatabase(readConfig({ DATABASE_URL: databaseUrl }), { role: 'command', onFatal: () => {} })
  await generate(db, { messages, contacts: Math.ceil(messages / 10), workspaces, seed: 1 })
  await db.close()
  return databaseUrl
}

/** Milliseconds by kind of request and size. The sizes take turns, so that a busy machine is busy for both. */
const measure = async (inboxes: Inbox[], rounds: number): Promise<Map<string, number[][]>> => {
  const times = new Map(
    Object.keys(inboxes[0]!.requests[0]!.paths).map((kind) => [kind, inboxes.map((): number[] => [])]),
  )
  for (let round = -1; round < rounds; round++)
    for (let workspace = 0; workspace < asked; workspace++)
      for (const [kind, taken] of times)
        for (const [size, { requests }] of inboxes.entries()) {
          const { get, paths } = requests[workspace]!
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
  const started = values.server === undefined ? await startPostgres({ durable: true }) : undefined
  const inboxes: Inbox[] = []
  try {
    for (const size of sizes) inboxes.push(await openInbox(values.server ?? started!.server, size))
    process.exitCode = report(await measure(inboxes, Number(values.rounds))) ? 0 : 1
  } finally {
    for (const { close } of inboxes) await close()
    await started?.stop()
  }
}
