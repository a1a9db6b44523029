import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startApp } from '../../test/app.ts'
import { hasPackage } from '../../test/faults/tools.ts'
import { startServer } from '../../test/process.ts'
import { createMetrics } from './metrics.ts'

const dashboard = JSON.parse(readFileSync('examples/grafana-dashboard.json', 'utf8'))
const queries: string[] = dashboard.panels.flatMap(({ targets }: any) => targets.map(({ expr }: any) => expr))
const alerts = readFileSync('examples/prometheus-alerts.yml', 'utf8')
const withPrometheus = (t: test.TestContext) => hasPackage(t, 'prometheus', 'promtool')

test('dashboard and alerts name only metrics that are there, and the dashboard all of them', async (t) => {
  const { db } = await startApp(t)
  const metrics = createMetrics()
  const text = await metrics.text(db)
  metrics.close()
  const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
  const namedIn = (given: string) =>
    new Set([...given.matchAll(/\binbox_\w+/g)].map(([name]) => name.replace(/_(?:bucket|count)$/, '')))
  assert.deepEqual(
    [...namedIn(alerts)].filter((name) => !there.has(name)),
    [],
  )
  assert.deepEqual([...namedIn(queries.join('\n'))].toSorted(), [...there].toSorted())
})

test('the dashboard has the form of Grafana', () => {
  const { schemaVersion, uid, title, panels, templating } = dashboard
  assert.ok(schemaVersion >= 39 && uid && title)
  const variables = templating.list.map(({ name }: { name: string }) => name)
  assert.deepEqual(variables, ['datasource', 'job', 'instance'])
  const taken = new Set<string>()
  for (const { type, title: name, gridPos, datasource, targets } of panels) {
    assert.ok(['timeseries', 'stat'].includes(type) && name, name)
    assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' })
    const { x, y, w, h } = gridPos
    assert.ok(x >= 0 && x + w <= 24, `${name} fits into 24 columns`)
    for (let column = x; column < x + w; column++)
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column} ${row}`), `${name} covers no other panel`)
        taken.add(`${column} ${row}`)
      }
    for (const { expr, refId } of targets) assert.ok(expr && refId, name)
    assert.equal(new Set(targets.map(({ refId }: any) => refId)).size, targets.length)
  }
  assert.equal(new Set(panels.map(({ id }: { id: number }) => id)).size, panels.length)
})

test('promtool finds nothing in the metrics and the alerts', async (t) => {
  if (!withPrometheus(t)) return
  const server = await startServer(t, { DATA_DIR: await freshFolder(t), METRICS_PORT: '0' })
  await fetch(`${server.address}/healthz`)
  const input = await (await fetch(server.metrics!)).text()
  assert.equal(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' }), '')
  execFileSync('promtool', ['check', 'rules', 'examples/prometheus-alerts.yml'])
  execFileSync('promtool', ['test', 'rules', 'examples/prometheus-alerts.test.yml'])
})

test('a Prometheus that scrapes the server answers every query of the dashboard', async (t) => {
  if (!withPrometheus(t)) return
  const folder = await freshFolder(t)
  const server = await startServer(t, { DATA_DIR: folder, METRICS_PORT: '0' })
  const target = new URL(server.metrics!).host
  const config = join(folder, 'prometheus.json')
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(process.cwd(), 'examples/prometheus-alerts.yml')],
      scrape_configs: [{ job_name: 'support-inbox', static_configs: [{ targets: [target] }] }],
    }),
  )
  const port = 20_000 + (process.pid % 10_000)
  const flags = {
    'config.file': config,
    'storage.tsdb.path': join(folder, 'tsdb'),
    'web.listen-address': `127.0.0.1:${port}`,
  }
  const prometheus = spawn(
    'prometheus',
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
  )
  t.after(() => prometheus.kill('SIGKILL'))
  const ask = async (path: string): Promise<any> => {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined)
      if (answer?.status !== undefined && answer.status !== 503) return answer.json()
      assert.equal(prometheus.exitCode, null)
      await sleep(100)
    }
  }
  const resultOf = async (query: string) => (await ask(`query?query=${encodeURIComponent(query)}`)).data?.result
  while ((await resultOf('inbox_build_info')).length === 0) {
    await fetch(`${server.address}/healthz`)
    await sleep(200)
  }
  for (const query of queries) {
    const filled = query.replaceAll(/\$job|\$instance/g, '.*').replaceAll('$__rate_interval', '1m')
    const { status, error } = await ask(`query?query=${encodeURIComponent(filled)}`)
    assert.equal(status, 'success', `${query}: ${error}`)
  }
  const { groups } = (await ask('rules')).data
  assert.ok(groups[0].rules.length > 5)
  assert.deepEqual([...new Set(groups[0].rules.map(({ lastError }: any) => lastError ?? ''))], [''])
})
