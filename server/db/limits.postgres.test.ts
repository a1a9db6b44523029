import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startApp, type Answer } from '../../test/app.ts'
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

/** Sends again what is refused for the moment, as clients do. */
const untilDone = async (send: () => Promise<Answer>) => {
  for (let refused = 0; ; refused++) {
    const { status, headers, body, text } = await send()
    if (status < 300) return { refused, body }
    assert.deepEqual([status, headers['retry-after']], [503, '1'], text)
    await sleep(10 + Math.random() * 100)
  }
}

for (const limit of [
  `lock_timeout = '1ms'`,
  `idle_in_transaction_session_timeout = '20ms'`,
  `idle_session_timeout = '20ms'`,
  `transaction_timeout = '200ms'`,
  `statement_timeout = '2ms'`,
  `default_transaction_isolation = 'serializable'`,
  `default_transaction_isolation = 'repeatable read'`,
])
  test(`an operator's ${limit} refuses for a while at most`, async (t) => {
    const { inbox, operator, url } = await setUp(t)
    const { id, contactId } = await makeConversation(inbox, { email: 'jane@example.com' })
    await operator.query(`alter database ${new URL(url).pathname.slice(1)} set ${limit}`)
    // connections of before have the setting of before
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    // the pool notices that they are gone
    await untilDone(() => inbox.get('/agents'))
    const path = `/conversations/${id}/messages`
    const writes = Array.from({ length: 30 }, (_, n) => () => {
      if (n % 3 === 0) return inbox.post('/contacts', { email: 'jane@example.com', name: `Jane ${n}` })
      if (n % 3 === 1) return inbox.put(`/conversations/${id}/status`, { status: n % 2 ? 'OPEN' : 'CLOSED' })
      return inbox.post(path, { contentText: String(n) }, { 'idempotency-key': String(n) })
    })
    const told = await Promise.all(writes.map(untilDone))
    t.diagnostic(`${told.filter(({ refused }) => refused === 0).length} of ${told.length} were done at once`)
    const { messages } = (await untilDone(() => inbox.get(`${path}?limit=100`))).body.thread
    assert.equal(messages.items.length, 1 + writes.length / 3)

    // somebody has the row for longer than anybody may wait for it
    await operator.query('begin')
    await operator.query('select id from contacts where id = $1 for update', [contactId])
    const rename = () => inbox.patch(`/contacts/${contactId}`, { name: 'Jane Doe' })
    const { status, headers } = await rename()
    assert.deepEqual([status, headers['retry-after']], [503, '1'])
    await operator.query('rollback')
    await untilDone(rename)
    // nobody asks anything for longer than a connection may be idle
    await sleep(100)
    await untilDone(rename)
  })
