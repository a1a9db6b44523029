import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import { currentTime } from '../current-time.ts'
import { around } from '../db/around.ts'
import type { Db } from '../db/db.ts'
import { refusalCodes } from '../db/refusals.ts'
import { reasons } from '../email/failure.ts'
import { outgoingMails } from '../email/queries.ts'
import type { FreeSpace } from '../http/free-space.ts'
import { openFiles } from '../http/open-files.ts'
import { runningImports } from '../imports/progress.ts'
import { listIndexes } from '../search/indexes.ts'
import { version } from '../version.ts'

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const loopResolution = 10

/** Every metric, once. docs/metrics.md lists the same ones; a test compares. */
const declare = (registry: Registry) => {
  const registers = [registry]
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  return {
    requests: new Histogram({
      name: 'inbox_http_request_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers,
    }),
    database: new Histogram({
      name: 'inbox_database_seconds',
      help: 'Time that one read or one write took, with its waiting: for a turn, a connection, the disk.',
      labelNames: ['kind'],
      buckets,
      registers,
    }),
    loopDelay: gauge('inbox_event_loop_delay_seconds', 'Delay of the event loop since the last scrape.', [
      'percentile',
    ]),
    memory: gauge('inbox_resident_memory_bytes', 'Memory of the process.'),
    build: gauge('inbox_build_info', 'The version of this program and of what it runs on; always 1.', [
      'version',
      'node',
      'database',
    ]),
    rateLimited: counter('inbox_rate_limited_requests_total', 'Requests that were refused with 429.'),
    streams: gauge('inbox_live_streams', 'Live connections that are open, by route.', ['route']),
    freeSpace: gauge('inbox_free_space_bytes', 'Free space on the disk of DATA_DIR.'),
    refusedWrites: counter('inbox_refused_writes_total', 'Writes that were refused, by the code of the error.', [
      'code',
    ]),
    files: gauge('inbox_open_files', 'File descriptors that the process has open, connections among them.'),
    filesMost: gauge('inbox_open_files_limit', 'File descriptors that the process may have open.'),
    queuedMails: gauge('inbox_mail_queue_messages', 'Messages that wait to be sent as mails, by all processes.'),
    oldestMail: gauge('inbox_mail_queue_oldest_seconds', 'Age of the oldest one; 0 where none waits.'),
    failedMails: counter(
      'inbox_mail_failures_total',
      'Tries to send a mail that failed here, by reason and whether it was the last.',
      ['reason', 'final'],
    ),
    waitingWrites: gauge('inbox_write_queue_jobs', 'SQLite: writes that wait for their transaction.'),
    syncs: counter('inbox_syncs_total', 'SQLite: syncs of the log, each of which acknowledges all writes before it.'),
    syncSeconds: counter('inbox_sync_seconds_total', 'SQLite: time that they took.'),
    walBytes: gauge('inbox_wal_bytes', "SQLite: size of the log's file."),
    connections: gauge('inbox_pool_connections', 'PostgreSQL: connections of this process, by state.', ['state']),
    waitingForConnection: gauge('inbox_pool_waiting', 'PostgreSQL: queries that wait for a connection.'),
    imported: gauge('inbox_import_items', 'Rows or mails of the imports that run, on any machine, by outcome.', [
      'import',
      'workspace',
      'outcome',
    ]),
    rebuilt: gauge('inbox_search_rebuild_rows', 'Rows of the search index that is being built, and of all.', ['of']),
  }
}

export interface Metrics {
  /** Counts the requests of the app. */
  watch(app: FastifyInstance): void
  /** The same database, its time measured. */
  measured(db: Db): Db
  /** In Prometheus' text format. */
  text(db: Db, space?: FreeSpace): Promise<string>
  /** A mail did not leave. */
  mailFailed(reason: string, isFinal: boolean): void
  contentType: string
  close(): void
}

export const createMetrics = (): Metrics => {
  const registry = new Registry()
  const metrics = declare(registry)
  // a series that appears with its first failure would hide that one from rate()
  for (const reason of reasons) for (const final of ['true', 'false']) metrics.failedMails.inc({ reason, final }, 0)
  const delay = monitorEventLoopDelay({ resolution: loopResolution })
  delay.enable()
  const refresh = async (db: Db, space: FreeSpace | undefined): Promise<void> => {
    for (const percentile of [50, 99, 100])
      metrics.loopDelay.set({ percentile: String(percentile) }, loopDelayOf(delay.percentile(percentile)))
    delay.reset()
    metrics.memory.set(process.memoryUsage.rss())
    metrics.freeSpace.set(space?.bytes() ?? NaN)
    metrics.build.set({ version, node: process.versions.node, database: db.engine }, 1)
    const files = await openFiles()
    if (files) {
      metrics.files.set(files.open)
      metrics.filesMost.set(files.most)
    }
    await refreshFigures(metrics, db, space)
    await refreshRows(metrics, db)
  }
  return {
    watch: (app) => {
      app.addHook('onResponse', (request, reply, done) => {
        const { url: route = 'none' } = request.routeOptions
        metrics.requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
        if (reply.statusCode === 429) metrics.rateLimited.inc()
        done()
      })
      app.addHook('onSend', (request, reply, _payload, done) => {
        if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) {
          const route = request.routeOptions.url ?? 'none'
          metrics.streams.inc({ route })
          reply.raw.once('close', () => metrics.streams.dec({ route }))
        }
        done()
      })
    },
    measured: (db) =>
      around(db, async (kind, work) => {
        const begin = performance.now()
        try {
          return await work()
        } finally {
          metrics.database.observe({ kind }, (performance.now() - begin) / 1000)
        }
      }),
    text: async (db, space) => {
      await refresh(db, space)
      return registry.metrics()
    },
    mailFailed: (reason, isFinal) => metrics.failedMails.inc({ reason, final: String(isFinal) }),
    contentType: registry.contentType,
    close: () => delay.disable(),
  }
}

type Declared = ReturnType<typeof declare>

/** What the process knows of its database. */
const refreshFigures = async (metrics: Declared, db: Db, space: FreeSpace | undefined): Promise<void> => {
  const { pool, log, refusedWrites = {} } = await db.figures()
  metrics.refusedWrites.reset()
  for (const code of refusalCodes) metrics.refusedWrites.inc({ code }, refusedWrites[code] ?? 0)
  metrics.refusedWrites.inc({ code: 'disk_nearly_full' }, space?.refusals() ?? 0)
  if (log) {
    metrics.waitingWrites.set(log.waitingWrites)
    metrics.walBytes.set(log.walBytes)
    become(metrics.syncs, log.syncs)
    become(metrics.syncSeconds, log.syncSeconds)
  }
  if (pool) {
    metrics.connections.set({ state: 'busy' }, pool.connections - pool.idle)
    metrics.connections.set({ state: 'idle' }, pool.idle)
    metrics.waitingForConnection.set(pool.waiting)
  }
}

/** What is stored. A database that is away must not hide the other figures. */
const refreshRows = async (metrics: Declared, db: Db): Promise<void> => {
  const queue = await outgoingMails(db).catch(() => undefined)
  metrics.queuedMails.set(queue?.messages ?? NaN)
  metrics.oldestMail.set(queue ? ageOf(queue.oldest) : NaN)
  metrics.rebuilt.reset()
  for (const { state, rowsDone, rowsTotal } of await listIndexes(db).catch(() => []))
    if (state === 'BUILDING') {
      metrics.rebuilt.set({ of: 'done' }, rowsDone)
      metrics.rebuilt.set({ of: 'total' }, rowsTotal)
    }
  metrics.imported.reset()
  for (const { id, workspaceId, ...outcomes } of await runningImports(db).catch(() => []))
    for (const [outcome, items] of Object.entries(outcomes))
      metrics.imported.set({ import: id, workspace: workspaceId, outcome }, items)
}

const ageOf = (time: string | null): number =>
  time === null ? 0 : Math.max(0, (currentTime() - Date.parse(time)) / 1000)

/** The histogram says NaN before its first sample, and counts the pause that it was asked for. */
const loopDelayOf = (nanoseconds: number): number => Math.max(0, (nanoseconds || 0) / 1e9 - loopResolution / 1000)

/** A counter that somebody else keeps. */
const become = (counter: Counter, total: number): void => {
  counter.reset()
  counter.inc(total)
}
