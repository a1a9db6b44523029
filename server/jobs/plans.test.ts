import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import type { Db, Row } from '../db/db.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql, type Sql } from '../db/sql.ts'
import { createWorkspace } from '../workspaces/queries.ts'
import { claim, dueQueues } from './queries.ts'

/** Statements that are asked, one after another. */
const hearing = (db: Db, heard: Sql[]): Db => {
  const hear =
    <T>(verb: (query: Sql) => Promise<T>) =>
    (query: Sql) => {
      heard.push(query)
      return verb(query)
    }
  return {
    ...db,
    one: hear(db.one) as Db['one'],
    many: hear(db.many) as Db['many'],
    transaction: (fn) => db.transaction((tx) => fn({ ...tx, one: hear(tx.one) as Db['one'] })),
  }
}

/** Many jobs in few statements: of the first workspace most, and only the last of them due. */
const fill = async (db: Db, workspaces: string[], count: number) => {
  const numbers = sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})`
  const insert = (rows: Sql) =>
    db.run(sql`insert into jobs (id, workspace_id, kind, subject_id, created_at, due_at, queue) ${numbers} ${rows}`)
  const [first, ...others] = workspaces
  for (const [i, workspaceId] of [first!, first!, ...others].entries()) {
    const due = timeAfter(db, i === 0 ? 3_600_000 : -60_000)
    const share = i === 0 ? 1 : i === 1 ? 2 : 97
    await insert(
      sql`select ${`job_${i}_`} || n, ${workspaceId}, 'test', 'x', ${due}, ${due}, case when n % 3 = 0 then 'all test'
            else ${`${workspaceId} test `} || (n % 97) end
          from numbers where n % ${share} = 0`,
    )
  }
  if (db.engine === 'postgres') await db.run(sql`analyze jobs`)
}

const planOf = async (db: Db, { parts, values }: Sql): Promise<string> => {
  const how = db.engine === 'sqlite' ? 'explain query plan' : 'explain (analyze, costs off, timing off, summary off)'
  const rows = await db.many<Row>({ parts: [`${how} ${parts[0]}`, ...parts.slice(1)], values })
  return rows.map((row) => Object.values(row).at(-1)).join('\n')
}

test('a claim finds its job by the indexes among 100,000 that wait', async (t) => {
  const { db } = await startApp(t, { env: { DATABASE_STATEMENT_TIMEOUT: '60000' } })
  const workspaces: string[] = []
  for (let i = 0; i < 20; i++) workspaces.push((await db.transaction((tx) => createWorkspace(tx, `Team ${i}`))).id)
  await fill(db, workspaces, 60_000)
  const heard: Sql[] = []
  const listening = hearing(db, heard)
  const queues = await dueQueues(listening)
  assert.ok(queues.length > 20, String(queues.length))
  let after = ''
  for (const _ of workspaces) {
    const job = await claim(listening, { queue: 'all test', after, lease: 60_000 })
    assert.ok(job!.workspaceId > after)
    after = job!.workspaceId
  }
  for (const query of heard.slice(0, 4)) {
    const plan = await planOf(db, query)
    assert.doesNotMatch(plan, /Seq Scan on jobs|SCAN (jobs|j)\b(?! USING COVERING INDEX)/, plan)
    for (const [, rows, loops] of plan.matchAll(/actual rows=([\d.]+) loops=(\d+)/g))
      assert.ok(Number(rows) * Number(loops) <= 500, plan)
    for (const [, rows] of plan.matchAll(/Rows Removed by \w+: (\d+)/g)) assert.ok(Number(rows) <= 100, plan)
  }
})
