import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { build } from './built.ts'
import { template } from './databases.ts'
import { startPostgres } from './postgres.ts'

// npm test: everything on SQLite, then all that does not belong to one engine on a real PostgreSQL.
// --thorough: all of what a usual run takes a share of.
// TEST_DATABASE_URL=postgres://user@host:port takes that server instead of starting one.

const run = async (files: string[], env: Record<string, string>): Promise<number> => {
  if (files.length === 0) return 0
  // hundreds of processes load the same files
  const NODE_COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/support-inbox')
  const options = { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE, ...env } } as const
  // one more than there are processors: tests wait for disks and other processes a good part of the time
  const settings = [`--test-concurrency=${availableParallelism() + 1}`, '--test-timeout=180000']
  const child = spawn(process.execPath, ['--test', ...settings, ...files], options)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

const prepareTemplate = async (server: string): Promise<void> => {
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  await client.query(`drop database if exists ${template}`)
  await client.query(`create database ${template}`)
  await client.end()
  const where = { ...readConfig({}), databaseUrl: `${server}/${template}` }
  const db = await openDatabase(where, { role: 'command', onFatal: () => {} })
  await db.close()
}

const { values, positionals: only } = parseArgs({
  options: { thorough: { type: 'boolean' } },
  allowPositionals: true,
})
if (values.thorough) process.env['TEST_THOROUGH'] = 'yes'
const given = (other: string) => only.filter((file) => !file.endsWith(`.${other}.test.ts`))
const ofFeatures =
  only.length > 0
    ? given('sqlite')
    : [
        'server/**/!(*.sqlite).test.ts',
        'test/{attacks,page,faults/quick}/!(*.sqlite).test.ts',
        'test/{,journeys/}*.postgres.test.ts',
      ]
// what takes minutes is left to npm run test:faults
const ofSqlite =
  only.length > 0
    ? given('postgres')
    : ['server/**/!(*.postgres).test.ts', 'test/{,attacks/,journeys/,page/,faults/quick/}!(*.postgres).test.ts']

await build()
process.stdout.write('── on SQLite\n')
const onSqlite = await run(ofSqlite, {})

const url = process.env['TEST_DATABASE_URL']?.replace(/\/$/, '')
const started = url ? undefined : await startPostgres()
const server = url ?? started!.server
process.stdout.write(`── on PostgreSQL\n`)
await prepareTemplate(server)
const onPostgres = await run(ofFeatures, { TEST_POSTGRES: server })
await started?.stop()
process.exitCode = onSqlite || onPostgres
