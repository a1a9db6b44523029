import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { buildApp } from './app.ts'
import { buildNotice } from './built.ts'
import { noticesOf } from './channels/notices.ts'
import { Refusal, type Config } from './config.ts'
import { openDatabase } from './db/open.ts'
import { placeOf, targetOf } from './db/postgres-url.ts'
import { startSmtp, type SmtpServer } from './email/smtp.ts'
import { databaseName } from './db/sqlite.ts'
import { watchFreeSpace } from './http/free-space.ts'
import { createLog } from './http/log.ts'
import { watchOpenFiles } from './http/open-files.ts'
import { addressOf, hasNoAddress } from './http/own-address.ts'
import { startWork } from './listeners.ts'
import { listenForMetrics } from './metrics/listen.ts'
import { createMailParser } from './mime/parser.ts'
import { installationSecret } from './db/secret.ts'
import { expectMany } from './search/indexes.ts'
import { createShutdown } from './shutdown.ts'
import { wantsTraces } from './tracing/wanted.ts'
import { firstStart, greet } from './welcome.ts'

/** Milliseconds after the signal: whoever is not answered by then is too slow. */
const patience = 8000
/** Connections that the system accepts for us while we are busy; it may have a lower limit of its own. */
const backlog = 4096

interface Manner {
  asJson: boolean
  /** No mail leaves, whatever is set, and each reply says so. */
  isDemo?: boolean
}

/**
 * Config → database → app → listen; stops cleanly at SIGTERM and SIGINT. Resolves to what links to its page begin with. Throws a
 * Refusal when it cannot start.
 */
export const serve = async (config: Config, { asJson, isDemo = false }: Manner): Promise<string> => {
  // garbage may be half of what is alive, and young objects do not wait for old ones: docs/decisions/memory.md;
  // docs/decisions/no-object-is-born-old.md
  setFlagsFromString('--heap-growing-percent=50 --no-separate-gc-phases --no-allocation-site-pretenuring')
  const log = createLog(config.logLevel)
  const shutdown = createShutdown(log)
  const metrics = config.metricsPort === undefined ? undefined : (await import('./metrics/metrics.ts')).createMetrics()
  // loaded only where traces are wanted
  const tracing = wantsTraces(process.env)
    ? (await import('./tracing/tracing.ts')).startTracing(process.env)
    : undefined
  const opened = await openDatabase(config, {
    role: 'server',
    onFatal: (error) => shutdown.afterFailedSync(config.dataDir, error),
  })
  const measured = metrics?.measured(opened) ?? opened
  const db = tracing?.traced(measured) ?? measured
  // an import that was killed has not said that it ended
  await expectMany(opened, false)
  // in every backup, so that cursors and event ids outlive a restore
  await installationSecret(opened)
  const parser = createMailParser()
  const space = await watchFreeSpace({ ...config, log })
  const app = await buildApp({ db, log, parser, metrics, tracing, space, config })
  void buildNotice().then((notice) => notice && process.stderr.write(`${notice}\n`))
  let metricsListener: { port: number; close(): void } | undefined
  let smtp: SmtpServer | undefined
  let files: { close(): void } | undefined
  let work: { close(): Promise<void> } | undefined
  const stop = async (drainSeconds = 0) => {
    // a client that sends or reads too slowly does not hold up the end
    setTimeout(() => app.server.closeAllConnections(), patience).unref()
    app.drain()
    await sleep(drainSeconds * 1000)
    await Promise.all([app.close(), smtp?.close(), work?.close()])
    metricsListener?.close()
    space.close()
    files?.close()
    parser.close()
    await db.close()
    await tracing?.close()
  }
  try {
    const { host, port, metricsPort } = config
    files = await watchOpenFiles(app.server, log)
    await orRefuse(() => app.listen({ host, port, backlog }), { host, port, setting: 'PORT' })
    if (metrics && metricsPort !== undefined)
      await orRefuse(
        async () => (metricsListener = await listenForMetrics(metrics, { db, space, host, port: metricsPort })),
        {
          host,
          port: metricsPort,
          setting: 'METRICS_PORT',
        },
      )
    smtp = await listenForMail({ db, log, parser, space }, config)
    work = await startWork({ db, log, isDemo, metrics, ...config })
    const address = addressOf(host, (app.server.address() as AddressInfo).port)
    const greeting = {
      address,
      metrics: metricsListener && `${addressOf(host, metricsListener.port)}/metrics`,
      smtpPort: smtp?.port,
      data: await dataOf(config),
      page: hasNoAddress(config) ? '' : config.publicUrl || address,
      ...(await firstStart(db, asJson || process.stderr.isTTY)),
    }
    for (const notice of await noticesOf(db)) process.stderr.write(`${notice}\n`)
    // first, so that who reads that it is ready can end it
    shutdown.by((signal) => stop(signal === 'SIGTERM' ? config.drainSeconds : 0))
    if (hasNoAddress(config))
      process.stderr.write(
        `PUBLIC_URL is not set, but HOST is ${host}: invitations have no address in their links, and no password is reset by mail. Set PUBLIC_URL.\n`,
      )
    greet(greeting, asJson)
    return greeting.page || address
  } catch (error) {
    await stop()
    throw error
  }
}

const dataOf = async ({ databaseUrl, dataDir }: Config): Promise<string> =>
  databaseUrl === '' ? join(dataDir, databaseName) : placeOf(await targetOf(databaseUrl))

const orRefuse = async (
  listen: () => Promise<unknown>,
  { host, port, setting }: { host: string; port: number; setting: string },
): Promise<void> => {
  try {
    await listen()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Refusal(`Port ${port} on ${host} is taken by another program. Set ${setting} to a free one.`)
    throw new Refusal(`Cannot listen on ${host}, port ${port}: ${(error as Error).message}. Set HOST and ${setting}.`)
  }
}

const listenForMail = async (
  parts: Pick<Parameters<typeof startSmtp>[0], 'db' | 'log' | 'parser' | 'space'>,
  { host, smtpPort: port, trustProxy: relays, dataDir, tlsCert, tlsKey, authservIds, mailBytes }: Config,
): Promise<SmtpServer | undefined> => {
  if (port === undefined) return undefined
  const tls = tlsCert === '' ? undefined : { cert: pem('TLS_CERT', tlsCert), key: pem('TLS_KEY', tlsKey) }
  let smtp: SmtpServer | undefined
  const listen = async () =>
    (smtp = await startSmtp({ ...parts, host, port, tls, relays, dataDir, authservIds, mailBytes }))
  await orRefuse(listen, { host, port, setting: tls ? 'SMTP_PORT, TLS_CERT and TLS_KEY' : 'SMTP_PORT' })
  return smtp
}

const pem = (name: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`${name} cannot be read: ${(error as Error).message}.`)
  }
}
