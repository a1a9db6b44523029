import type { AddressInfo } from 'node:net'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { addressOf, hasNoAddress } from './http/own-address.ts'
import { startWork } from './listeners.ts'
import { listenForMetrics } from './metrics/listen.ts'
import { createMailParser } from './mime/parser.ts'
import { installationSecret } from './db/secret.ts'
import { expectMany } from './search/indexes.ts'
import { firstStart, greetingOf, welcome } from './welcome.ts'

/** Milliseconds after the signal: whoever is not answered by then is too slow. */
const patience = 8000
/** Connections that the system accepts for us while we are busy; it may have a lower limit of its own. */
const backlog = 4096

/** Config → database → app → listen; stops cleanly at SIGTERM and SIGINT. Throws a Refusal when it cannot start. */
export const serve = async (config: Config, asJson: boolean): Promise<void> => {
  // garbage may be half of what is alive, and young objects do not wait for old ones: docs/decisions/memory.md;
  // docs/decisions/no-object-is-born-old.md
  setFlagsFromString('--heap-growing-percent=50 --no-separate-gc-phases --no-allocation-site-pretenuring')
  const log = createLog(config.logLevel)
  const metrics = config.metricsPort === undefined ? undefined : (await import('./metrics/metrics.ts')).createMetrics()
  const opened = await openDatabase(config, {
    role: 'server',
    onFatal: (error) => stopOrReadOn(config.dataDir, error),
  })
  const db = metrics?.measured(opened) ?? opened
  // an import that was killed has not said that it ended
  await expectMany(opened, false)
  // in every backup, so that cursors and event ids outlive a restore
  await installationSecret(opened)
  const parser = createMailParser()
  const space = await watchFreeSpace({ ...config, log })
  const app = await buildApp({ db, log, parser, metrics, space, config })
  void buildNotice().then((notice) => notice && process.stderr.write(`${notice}\n`))
  let metricsListener: { port: number; close(): void } | undefined
  let smtp: SmtpServer | undefined
  let work: { close(): Promise<void> } | undefined
  const stop = async (drainSeconds = 0) => {
    // a client that sends or reads too slowly does not hold up the end
    setTimeout(() => app.server.closeAllConnections(), patience).unref()
    app.drain()
    await sleep(drainSeconds * 1000)
    await Promise.all([app.close(), smtp?.close(), work?.close()])
    metricsListener?.close()
    space.close()
    parser.close()
    await db.close()
  }
  try {
    const { host, port, metricsPort } = config
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
    work = await startWork({ db, log, ...config })
    const address = addressOf(host, (app.server.address() as AddressInfo).port)
    const greeting = {
      address,
      metrics: metricsListener && `${addressOf(host, metricsListener.port)}/metrics`,
      smtpPort: smtp?.port,
      data: await dataOf(config),
      page: hasNoAddress(config) ? '' : config.publicUrl || address,
      ...(await firstStart(db)),
    }
    for (const notice of await noticesOf(db)) process.stderr.write(`${notice}\n`)
    // first, so that who reads that it is ready can end it
    stopOnSignals((signal) => stop(signal === 'SIGTERM' ? config.drainSeconds : 0))
    if (hasNoAddress(config))
      process.stderr.write(
        `PUBLIC_URL is not set, but HOST is ${host}: invitations have no address in their links, and no password is reset by mail. Set PUBLIC_URL.\n`,
      )
    process.stdout.write(`${asJson ? JSON.stringify(greetingOf(greeting)) : welcome(greeting)}\n`)
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

/** After a failed sync nothing is acknowledged any more. Where nothing can be written anyway, a new start could not read either. */
const stopOrReadOn = (dataDir: string, { message }: Error): void => {
  if (isReadOnly(dataDir))
    return void process.stderr.write(
      `${dataDir} has become read-only (${message}): reads go on, and writes are refused until it can be written and the server is started again.\n`,
    )
  process.stderr.write(
    `Stopping: the disk failed to keep what was written (${message}). Nothing was acknowledged since.\n`,
  )
  // long enough for the answers that say 503
  setTimeout(() => process.exit(1), 100)
}

/** By trying: a kernel that gave up on a file system may still say that it can be written. */
const isReadOnly = (folder: string): boolean => {
  const probe = join(folder, 'probe')
  try {
    writeFileSync(probe, '')
    rmSync(probe)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}

/** Somebody at a terminal (SIGINT) has no load balancer to wait for. */
const stopOnSignals = (stop: (signal: NodeJS.Signals) => Promise<void>): void => {
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    void stop(signal).then(() => process.exit(0))
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
}
