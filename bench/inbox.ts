import pg from 'pg'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { createLog } from '../server/http/log.ts'
import { createKey } from '../server/keys/create.ts'
import { createMailParser } from '../server/mime/parser.ts'
import { listWorkspaces } from '../server/workspaces/queries.ts'
import { generate } from './generate.ts'
import { frequentWords, requestsIn, type Get } from './requests.ts'

export const workspaces = 100
/** Workspaces that are asked, from the largest to the smallest. */
export const asked = 20

/** A workspace with all that can be asked in it. */
interface Asked {
  workspaceId: string
  secret: string
  get: Get
  /** By kind of request. */
  paths: Record<string, string>
}

/** An inbox of one size behind the app. */
export interface Inbox {
  databaseUrl: string
  asked: Asked[]
  close(): Promise<void>
}

/** Opens the database of this size on a PostgreSQL server; makes and fills it when it is not there. */
export const openInbox = async (server: string, messages: number): Promise<Inbox> => {
  const databaseUrl = await filled(server, messages)
  const config = readConfig({ DATABASE_URL: databaseUrl, RATE_LIMIT: 'off' })
  const db = await openDatabase(config, { role: 'server', onFatal: () => {} })
  const parser = createMailParser()
  const app = await buildApp({ db, parser, config, log: createLog('silent') })
  const readerOf =
    (workspaceId: string, secret: string): Get =>
    async (path) => {
      const url = `/v1/workspaces/${workspaceId}/support/inbox${path}`
      const { statusCode, body } = await app.inject({ url, headers: { authorization: `Bearer ${secret}` } })
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`)
      return JSON.parse(body)
    }
  const ids = (await listWorkspaces(db)).map(({ id }) => id)
  const chosen = ids.filter((_, i) => i % (workspaces / asked) === 0)
  const known: Asked[] = []
  for (const [i, workspaceId] of chosen.entries()) {
    const { secret } = await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))
    const get = readerOf(workspaceId, secret)
    const elsewhere = await frequentWords(db, chosen[(i + 1) % chosen.length]!)
    const paths = await requestsIn(db, { workspaceId, get, elsewhere: elsewhere.map(([word]) => word) })
    known.push({ workspaceId, secret, get, paths })
  }
  const close = async () => {
    await app.close()
    parser.close()
    await db.close()
  }
  return { databaseUrl, asked: known, close }
}

/** The URL of a database with so many messages, made if there is none yet. */
const filled = async (server: string, messages: number): Promise<string> => {
  const name = `scale_${messages}`
  const admin = new pg.Client(`${server}/postgres`)
  await admin.connect()
  const { rows } = await admin.query('select 1 from pg_database where datname = $1', [name])
  if (rows.length === 0) await admin.query(`create database ${name}`)
  await admin.end()
  const databaseUrl = `${server}/${name}`
  if (rows.length > 0) return databaseUrl
  process.stderr.write(`Filling ${databaseUrl}\n`)
  const db = await openDatabase(readConfig({ DATABASE_URL: databaseUrl }), { role: 'command', onFatal: () => {} })
  await generate(db, { messages, contacts: Math.ceil(messages / 10), workspaces, seed: 1 })
  await db.close()
  return databaseUrl
}
