import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startApp } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { clientOf, command, startServer } from '../../test/process.ts'
import { sql } from '../db/sql.ts'
import { setProgress } from '../imports/progress.ts'
import { version } from '../version.ts'
import { createMetrics } from './metrics.ts'

const valueOf = (text: string, line: string): number => {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  assert.ok(found, `${line} in\n${text}`)
  return Number(found.slice(line.length))
}

test('the documentation lists every metric, with what it says of itself', async (t) => {
  const { db } = await startApp(t)
  const metrics = createMetrics()
  const text = await metrics.text(db)
  metrics.close()
  const described = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => `${name}: ${help}`)
  assert.ok(described.length > 10)
  const page = await readFile('docs/metrics.md', 'utf8')
  const listed = [...page.matchAll(/^\| `(inbox_\w+)` \|[^|]*\| (.*) \|$/gm)].map(
    ([, name, help]) => `${name}: ${help}`,
  )
  assert.deepEqual(listed.toSorted(), described.toSorted())
})

test('a running server counts its requests by route and status, and tells of its database and its loop', async (t) => {
  const { url, drop } = await freshDatabase()
  const env = { DATA_DIR: await freshFolder(t, drop), DATABASE_URL: url, METRICS_PORT: '0' }
  const server = await startServer(t, env)
  const { key, workspaceId, address } = server
  const place = server.metrics!
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  for (let i = 0; i < 3; i++)
    await fetch(`${inbox}/contacts`, { method: 'POST', headers, body: JSON.stringify({ email: `c${i}@example.com` }) })
  await fetch(`${inbox}/contacts/ctc_none`, { headers })
  await fetch(`${address}/wp-login.php`)
  const answer = await fetch(place)
  const text = await answer.text()
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/)
  const route = '/v1/workspaces/:workspaceId/support/inbox/contacts'
  const count = (labels: string) => valueOf(text, `inbox_http_request_seconds_count{${labels}}`)
  assert.equal(count(`method="POST",route="${route}",status="201"`), 3)
  assert.equal(count(`method="GET",route="${route}/:contactId",status="404"`), 1)
  assert.equal(count('method="GET",route="none",status="404"'), 1)
  assert.ok(valueOf(text, 'inbox_database_seconds_count{kind="write"}') >= 3)
  assert.ok(valueOf(text, 'inbox_database_seconds_count{kind="read"}') >= 4)
  assert.ok(valueOf(text, 'inbox_resident_memory_bytes') > 10e6)
  assert.ok(valueOf(text, 'inbox_event_loop_delay_seconds{percentile="100"}') >= 0)
  if (url === '') {
    assert.equal(valueOf(text, 'inbox_write_queue_jobs'), 0)
    assert.ok(valueOf(text, 'inbox_syncs_total') >= 3)
    assert.ok(valueOf(text, 'inbox_sync_seconds_total') > 0)
    assert.ok(valueOf(text, 'inbox_wal_bytes') > 0)
  } else {
    assert.ok(valueOf(text, 'inbox_pool_connections{state="idle"}') >= 1)
    assert.equal(valueOf(text, 'inbox_pool_waiting'), 0)
  }
  // no key, no id of a contact, no address of a customer
  assert.doesNotMatch(text, /inbox_\w{38}|ctc_|example\.com/)
  assert.equal((await fetch(new URL('/', place))).status, 404)
  assert.equal((await fetch(`${address}/metrics`)).status, 404)

  const taken = await command(['serve'], {
    env: { DATA_DIR: await freshFolder(t), METRICS_PORT: new URL(address).port },
  })
  assert.match(
    taken.stderr,
    /^Port \d+ on 127\.0\.0\.1 is taken by another program\. Set METRICS_PORT to a free one\.\n$/,
  )
  assert.equal(await server.stop('SIGTERM'), 0)
})

test('metrics tell of live connections, refusals, mail that waits and why it does', async (t) => {
  const { url, drop } = await freshDatabase()
  const server = await startServer(t, {
    DATA_DIR: await freshFolder(t, drop),
    DATABASE_URL: url,
    METRICS_PORT: '0',
    SMTP_URL: 'smtp://127.0.0.1:1',
    RATE_LIMIT: '20',
  })
  const ask = clientOf(server)
  const value = async (line: string) => valueOf(await (await fetch(server.metrics!)).text(), line)
  const until = async (line: string, wanted: (value: number) => boolean) => {
    while (!wanted(await value(line).catch(() => NaN))) await sleep(50)
  }
  await ask('POST', '/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  const content = { email: 'jane@example.org', subject: 'Hello', contentText: 'Hello' }
  assert.equal((await ask('POST', '/conversations', content)).status, 201)
  await until('inbox_mail_failures_total{reason="unreachable",final="false"}', (n) => n >= 1)
  assert.equal(await value('inbox_mail_queue_messages'), 1)
  assert.ok((await value('inbox_mail_queue_oldest_seconds')) > 0)
  assert.equal(await value('inbox_mail_failures_total{reason="unreachable",final="true"}'), 0)

  const inbox = `/v1/workspaces/${server.workspaceId}/support/inbox`
  const ending = new AbortController()
  const headers = { authorization: `Bearer ${server.key}` }
  await fetch(`${server.address}${inbox}/events`, { headers, signal: ending.signal })
  const streams = 'inbox_live_streams{route="/v1/workspaces/:workspaceId/support/inbox/events"}'
  assert.equal(await value(streams), 1)
  ending.abort()
  await until(streams, (n) => n === 0)

  while ((await ask('GET', '/customers')).status !== 429);
  await until('inbox_rate_limited_requests_total', (n) => n === 1)
  const database = url === '' ? 'sqlite' : 'postgres'
  assert.equal(
    await value(`inbox_build_info{version="${version}",node="${process.versions.node}",database="${database}"}`),
    1,
  )
})

test('an import in another process is seen while it runs and no longer when it has ended', async (t) => {
  const { url, drop } = await freshDatabase()
  const folder = await freshFolder(t, drop)
  const env = { DATA_DIR: folder, DATABASE_URL: url, METRICS_PORT: '0' }
  const server = await startServer(t, env)
  const place = server.metrics!
  const file = join(folder, 'contacts.csv')
  const rows = Array.from({ length: 1000 }, (_, i) => `c${i}@example.com,Person ${i}`)
  await writeFile(file, ['email,name', ...rows].join('\n'))
  const state = { isDone: false }
  const importing = command(['import', file, '--workspace', server.workspaceId], { env }).finally(
    () => (state.isDone = true),
  )
  const seen: number[] = []
  const line = new RegExp(
    `^inbox_import_items\\{import="imp_\\w+",workspace="${server.workspaceId}",outcome="read"\\} (\\d+)$`,
    'm',
  )
  while (!state.isDone) {
    const read = line.exec(await (await fetch(place)).text())?.[1]
    if (read !== undefined) seen.push(Number(read))
    await sleep(20)
  }
  assert.equal((await importing).code, 0)
  t.diagnostic(`seen: ${[...new Set(seen)].join(', ')} rows`)
  assert.ok(seen.length > 0 && seen.every((read) => read > 0 && read <= 1000))
  assert.doesNotMatch(await (await fetch(place)).text(), line)
  await server.stop('SIGTERM')
})

test('an import that was stopped is gone after a minute of silence', async (t) => {
  const { db, inbox } = await startApp(t)
  const metrics = createMetrics()
  await setProgress(db, inbox.workspaceId, { id: 'imp_x', read: 7, stored: 5, duplicates: 1, failed: 1 })
  const line = `inbox_import_items{import="imp_x",workspace="${inbox.workspaceId}",outcome="stored"}`
  assert.equal(valueOf(await metrics.text(db), line), 5)
  const earlier = new Date(Date.now() - 61_000).toISOString()
  await db.run(sql`update imports set updated_at = ${earlier} where workspace_id = ${inbox.workspaceId}`)
  assert.ok(!(await metrics.text(db)).includes('imp_x'))
  metrics.close()
})
