import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import pg from 'pg'
import { frequentWords, requestsIn } from '../bench/requests.ts'
import { generate } from '../bench/generate.ts'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/db/db.ts'
import { openDatabase } from '../server/db/open.ts'
import { type Sql, textOf } from '../server/db/sql.ts'
import { createLog } from '../server/http/log.ts'
import { createKey } from '../server/keys/create.ts'
import { createMailParser } from '../server/mime/parser.ts'
import { freshDatabase } from './databases.ts'

// Reads the plans of the very statements that requests send. A list that has lost its index is still right, and
// quick enough on a small database: nothing else would notice.

/** A step of a plan as PostgreSQL tells it. */
interface Step {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Step[]
}

const large = /^(contacts|conversations|messages)/
/** The smallest workspace has three times as many contacts and seven times as many messages. */
const mostRows = 500

const nameOf = (step: Step): string => step['Index Name'] ?? step['Relation Name'] ?? ''

const stepsOf = (step: Step): Step[] => [step, ...(step.Plans ?? []).flatMap(stepsOf)]

/** Rows that a step has taken in its hands, also those that it then left out. */
const rowsOf = (step: Step): number =>
  ((step['Actual Rows'] ?? 0) + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0)) *
  (step['Actual Loops'] ?? 1)

/** The app on three filled workspaces. `sent` resolves to the statements of one request. */
const setUp = async (t: TestContext) => {
  const { url, drop } = await freshDatabase()
  const size = { messages: 12_000, contacts: 5000, workspaces: 3 }
  const onFatal = () => {}
  const config = readConfig({ DATABASE_URL: url, RATE_LIMIT: 'off' })
  const filler = await openDatabase(config, { role: 'command', onFatal })
  const { workspaces } = await generate(filler, { ...size, seed: 1 })
  await filler.close()

  const db = await openDatabase(config, { role: 'server', onFatal })
  const statements: Sql[] = []
  const heard = { ...db, one: hearing(db.one, statements), many: hearing(db.many, statements) }
  const parser = createMailParser()
  const app = await buildApp({ db: heard, parser, config, log: createLog('silent') })
  const client = new pg.Client(url)
  await client.connect()
  t.after(async () => {
    await client.end()
    await app.close()
    parser.close()
    await db.close()
    await drop()
  })

  const workspaceId = workspaces.at(-1)!.id
  const { secret } = await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))
  const get = async (path: string) => {
    const url = `/v1/workspaces/${workspaceId}/support/inbox${path}`
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${secret}` } })
    assert.equal(answer.statusCode, 200, answer.body)
    return answer.json()
  }
  const sent = async (path: string): Promise<Sql[]> => {
    statements.length = 0
    await get(path)
    return statements.filter((query) => /_terms|contacts|conversations|messages/.test(textOf(query, '$')))
  }
  const planOf = async (query: Sql, how: 'analyze' | 'generic_plan'): Promise<Step[]> => {
    const text = `explain (${how}, format json) ${textOf(query, '$')}`
    const { rows } = await client.query(how === 'analyze' ? { text, values: [...query.values] } : text)
    return stepsOf(rows[0]['QUERY PLAN'][0].Plan)
  }
  const elsewhere = (await frequentWords(db, workspaces[0]!.id)).map(([word]) => word)
  return { sent, planOf, requests: await requestsIn(db, { workspaceId, get, elsewhere }) }
}

const hearing = <V extends Db['one'] | Db['many']>(verb: V, statements: Sql[]): V =>
  ((query: Sql) => {
    statements.push(query)
    return verb(query)
  }) as V

test('every read of the API finds its rows by an index, in its own workspace, and looks at few of them', async (t) => {
  const { sent, planOf, requests } = await setUp(t)
  for (const [kind, path] of Object.entries(requests)) {
    const statements = await sent(path)
    assert.ok(statements.length > 0, kind)
    for (const query of statements)
      // with the values at hand, and as PostgreSQL plans a statement that it has seen a few times
      for (const how of ['analyze', 'generic_plan'] as const)
        for (const step of await planOf(query, how)) {
          const what = `${kind}, ${how}: ${step['Node Type']} of ${nameOf(step)} in ${textOf(query, '$')}`
          assert.ok(step['Node Type'] !== 'Seq Scan' || !large.test(nameOf(step)), what)
          assert.ok(rowsOf(step) <= mostRows, `${rowsOf(step)} rows: ${what}`)
        }
  }
})
