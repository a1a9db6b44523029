import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startApp } from '../../test/app.ts'
import { makeConversation } from '../../test/make.ts'

/** The app, and its database as an operator reaches it. */
const setUp = async (t: TestContext) => {
  const started = await startApp(t, { env: { DATABASE_CONNECTIONS: '10' }, beforeClose: () => operator.end() })
  const operator = new pg.Client(started.url)
  await operator.connect()
  return { ...started, operator }
}

/** What is asked from now on is told this by the database, so many times. */
const failing = async (operator: pg.Client, code: string, times: number) => {
  await operator.query(`
    drop sequence if exists failures;
    create sequence failures;
    create or replace function fail() returns trigger language plpgsql as $$ begin
      if nextval('failures') <= ${times} then raise exception using errcode = '${code}'; end if;
      return new;
    end $$;
    create or replace trigger fail before insert on contacts for each row execute function fail()`)
}

test('what the database gives up is done again, and at last 503', async (t) => {
  const { inbox, operator } = await setUp(t)
  for (const code of ['40000', '40001', '40P01', '55P03', '25P03', '23503']) {
    await failing(operator, code, 3)
    const email = `${code}@example.com`
    assert.equal((await inbox.post('/contacts', { email })).status, 201, code)
    await failing(operator, code, 1000)
    const { status, headers, body } = await inbox.post('/contacts', { email: `never-${email}` })
    assert.deepEqual([status, body.code, headers['retry-after']], [503, 'database_busy', '1'], code)
  }
  for (const code of ['57014', '25P04', '53100', '53300', '57P01', '28P01', '25006']) {
    await failing(operator, code, 1)
    const { status, headers, body } = await inbox.post('/contacts', { email: `${code}@example.com` })
    assert.deepEqual([status, body.code, headers['retry-after']], [503, 'database_unavailable', '1'], code)
  }
})

for (const limit of [
  `lock_timeout = '1ms'`,
  `idle_in_transaction_session_timeout = '20ms'`,
  `idle_session_timeout = '2ms'`,
  `transaction_timeout = '20ms'`,
  `statement_timeout = '2ms'`,
  `default_transaction_isolation = 'serializable'`,
  `default_transaction_isolation = 'repeatable read'`,
])
  test(`an operator's ${limit} never makes a 500`, async (t) => {
    const { inbox, operator, url } = await setUp(t)
    const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
    const database = new URL(url).pathname.slice(1)
    await operator.query(`alter database ${database} set ${limit}`)
    // connections of before have the setting of before
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    // the pool notices that they are gone
    for (let tries = 0; tries < 50 && (await inbox.get('/agents')).status !== 200; tries++) await sleep(20)
    const told = await Promise.all(
      Array.from({ length: 120 }, (_, n) => {
        if (n % 3 === 0) return inbox.post('/contacts', { email: 'jane@example.com', name: `Jane ${n}` })
        if (n % 3 === 1) return inbox.put(`/conversations/${id}/status`, { status: n % 2 ? 'OPEN' : 'CLOSED' })
        return inbox.post(`/conversations/${id}/messages`, { contentText: String(n) })
      }),
    )
    const statuses = told.map(({ status, headers, text }) => {
      assert.ok(status < 300 || (status === 503 && headers['retry-after'] === '1'), text)
      return status
    })
    t.diagnostic(`${statuses.filter((status) => status < 300).length} of ${statuses.length} were done`)
    if (limit.startsWith('default')) assert.ok(statuses.every((status) => status < 300))
  })
