import { on } from 'node:events'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { findOrCreateAgent } from '../server/agents/queries.ts'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/db/db.ts'
import { openDatabase } from '../server/db/open.ts'
import { verbatim } from '../server/db/sql.ts'
import { createKey } from '../server/keys/create.ts'
import { showProgress } from '../server/progress.ts'
import { searchOf } from '../server/search/engine.ts'
import type { Searched } from '../server/search/searched.ts'
import { newestVersion } from '../server/search/terms.ts'
import { createWorkspace } from '../server/workspaces/queries.ts'
import { gatheringTerms, insertAll, withoutIndexes } from './bulk.ts'
import type { Size } from './plan.ts'
import { team } from './text.ts'
import type { Batch, Order } from './writer.ts'
import type { Staffed } from './written.ts'

export interface Options extends Size {
  /** The same seed gives the same people, threads and texts. Ids are new each time, and the threads end today. */
  seed: number
  /** Called after each batch with the rows stored of one table. */
  onProgress?(table: Searched, stored: number, of: number): void
}

/**
 * Fills a database with believable inboxes, in workspaces of their own; what it holds already stays.
 * Resolves to the workspaces, the largest first, and a key (scope api_user) of the first.
 */
export const generate = async (db: Db, { seed, onProgress = () => {}, ...size }: Options) => {
  const teams = await makeTeams(db, size.workspaces, seed)
  const storeAll = async () => {
    for await (const batch of writtenElsewhere({ size, seed, until: Date.now(), teams })) {
      await store(db, batch)
      onProgress(batch.table, batch.written, batch.of)
    }
  }
  await withoutIndexes(db, () => gatheringTerms(db, storeAll))
  if (db.engine === 'postgres') await db.run(verbatim('vacuum analyze'))
  const workspaceId = teams[0]!.workspaceId
  const { secret } = await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))
  return {
    workspaces: teams.map(({ workspaceId: id, name }) => ({ id, name })),
    key: { workspaceId, secret },
  }
}

const makeTeams = (db: Db, count: number, seed: number): Promise<Staffed[]> =>
  db.transaction(async (tx) => {
    const teams: Staffed[] = []
    for (let i = 0; i < count; i++) {
      const { name, language, agents } = team(seed, i)
      const { id: workspaceId } = await createWorkspace(tx, name)
      const agentIds: string[] = []
      for (const agent of agents) agentIds.push((await findOrCreateAgent(tx, workspaceId, agent)).id)
      teams.push({ name, language, agents, workspaceId, agentIds })
    }
    return teams
  })

/** What a thread of its own writes, a batch ahead of what is stored here. */
async function* writtenElsewhere(order: Order): AsyncGenerator<Batch> {
  const writer = new Worker(new URL('./writer.ts', import.meta.url), { workerData: order })
  try {
    const answers = on(writer, 'message')
    writer.postMessage('next')
    for await (const [batch] of answers as AsyncIterable<[Batch | undefined]>) {
      if (!batch) return
      writer.postMessage('next')
      yield batch
    }
  } finally {
    await writer.terminate()
  }
}

const store = (db: Db, { table, rows }: Batch): Promise<void> =>
  db.transaction(async (tx) => {
    const seqs = await insertAll(
      tx,
      table,
      rows.map(({ row }) => row),
    )
    const entries = rows.map(({ workspaceId, terms }, i) => ({ workspaceId, terms, seq: seqs[i]! }))
    await searchOf(tx).addAll(tx, { table, version: newestVersion }, entries)
  })

const help = `node bench/generate.ts [--messages N] [--contacts N] [--workspaces N] [--seed N]

Fills the database of DATABASE_URL or DATA_DIR (see docs/settings.md) with made-up inboxes: people of ten languages,
threads of one message to sixty, two years of them. What it holds already stays. Stop a server that uses it first: the
transactions are long, and on PostgreSQL the search indexes are away until the end (drop a database if that never came).
Prints the new workspaces, the largest first, and an API key of the first, as JSON.

  --messages N    10000 unless said
  --contacts N    a tenth of the messages unless said
  --workspaces N  1 unless said
  --seed N        The same number gives the same people, threads and texts. 1 unless said
  --help          Print this.
`

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '10000' },
      contacts: { type: 'string' },
      workspaces: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return void process.stdout.write(help)
  const messages = whole('messages', values.messages)
  const db = await openDatabase(readConfig(process.env), {
    role: 'command',
    onFatal: (error) => {
      throw error
    },
  })
  const { show, end } = showProgress()
  try {
    const made = await generate(db, {
      messages,
      contacts: whole('contacts', values.contacts ?? String(Math.ceil(messages / 10))),
      workspaces: whole('workspaces', values.workspaces),
      seed: whole('seed', values.seed),
      onProgress: (table, stored, of) => show(() => `${stored} of ${of} ${table}`),
    })
    end()
    process.stdout.write(`${JSON.stringify(made, null, 2)}\n`)
  } finally {
    await db.close()
  }
}

const whole = (name: string, text: string): number => {
  const n = Number(text)
  if (!Number.isSafeInteger(n) || n < 1) throw new Error(`--${name} is ${text}: it must be a whole number from 1 on.`)
  return n
}

if (import.meta.main)
  await main().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
