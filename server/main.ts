import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buildApp } from './app.ts'
import type { Command } from './command.ts'
import { Refusal, type Config } from './config.ts'
import { openDatabase } from './db/open.ts'
import { placeOf, targetOf } from './db/postgres-url.ts'
import { databaseName } from './db/sqlite.ts'
import { createLog } from './http/log.ts'
import type { App } from './http/schema.ts'
import { createMailParser } from './mime/parser.ts'
import { firstStart, greetingOf, welcome } from './welcome.ts'

const drainMilliseconds = 8000
/** Connections that the system accepts for us while we are busy; it may have a lower limit of its own. */
const backlog = 4096

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the API. Makes the database, a workspace and a key at the first start.',
  run: async ({ config, has }) => {
    await serve(config, has('json'))
    return undefined
  },
}

/** Config → database → app → listen; stops cleanly at SIGTERM and SIGINT. Throws a Refusal when it cannot start. */
const serve = async (config: Config, asJson: boolean): Promise<void> => {
  const log = createLog(config.logLevel)
  const db = await openDatabase(config, {
    role: 'server',
    onFatal: (error) => {
      process.stderr.write(
        `Stopping: the disk failed to keep what was written (${error.message}). Nothing was acknowledged since.\n`,
      )
      // long enough for the answers that say 503
      setTimeout(() => process.exit(1), 100)
    },
  })
  const parser = createMailParser()
  const app = await buildApp({ db, log, parser })
  const stop = async () => {
    // a client that sends or reads too slowly does not hold up the end
    setTimeout(() => app.server.closeAllConnections(), drainMilliseconds).unref()
    await app.close()
    parser.close()
    await db.close()
  }
  const address = await listen(app, config).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const greeting = { address, data: dataOf(config), ...(await firstStart(db)) }
  process.stdout.write(`${asJson ? JSON.stringify(greetingOf(greeting)) : welcome(greeting)}\n`)
  stopOnSignals(stop)
}

const dataOf = ({ databaseUrl, dataDir }: Config): string =>
  databaseUrl === '' ? join(dataDir, databaseName) : placeOf(targetOf(databaseUrl))

const listen = async (app: App, { host, port }: Config): Promise<string> => {
  try {
    await app.listen({ host, port, backlog })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Refusal(`Port ${port} on ${host} is taken by another program. Set PORT to a free one.`)
    throw new Refusal(`Cannot listen on ${host}, port ${port}: ${(error as Error).message}. Set HOST and PORT.`)
  }
  const { port: taken } = app.server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${taken}`
}

const stopOnSignals = (stop: () => Promise<void>): void => {
  let isStopping = false
  const onSignal = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    void stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
}
