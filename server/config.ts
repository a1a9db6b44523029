import { resolve } from 'node:path'

/** Something is wrong outside the program: one sentence for the person at the terminal, no stack. */
export class Refusal extends Error {}

/** Every environment setting, once. `docs/settings.md` lists the same ones; a test compares. */
export const settings = {
  DATABASE_URL: {
    default: '',
    help: 'postgres://user:password@host:port/name: many processes on PostgreSQL. Empty: the embedded database.',
  },
  DATABASE_CONNECTIONS: { default: '10', help: 'PostgreSQL: connections of each process.' },
  DATABASE_STATEMENT_TIMEOUT: {
    default: '2000',
    help: 'PostgreSQL: milliseconds that a statement of a request may take; then 503.',
  },
  DATABASE_CONNECTION_TIMEOUT: {
    default: '1000',
    help: 'PostgreSQL: milliseconds that a request waits for a connection; then 503.',
  },
  DATA_DIR: { default: './data', help: 'Folder of the embedded database. Made when it is missing.' },
  HOST: { default: '127.0.0.1', help: 'Address to listen on; 0.0.0.0 for all.' },
  PORT: { default: '3000', help: 'Port to listen on, 0 to 65535; 0 takes a free one.' },
  LOG_LEVEL: { default: 'info', help: 'info: one JSON line a request. error: failures only. silent: nothing.' },
} as const

/** Fixed limits, stated once here and in docs/settings.md. Bytes, milliseconds and characters. */
export const limits = {
  bodyBytes: 1024 * 1024,
  mailBytes: 25 * 1024 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  /** Nothing sent and nothing read. */
  silenceTimeout: 60_000,
  jsonDepth: 32,
  /** Fields and list items. */
  jsonParts: 10_000,
  pageDefault: 20,
  pageMost: 100,
  searchDefault: 10,
  searchMost: 50,
  queryCharacters: 256,
  previewCharacters: 140,
  emailBytes: 254,
  nameCharacters: 256,
  phoneCharacters: 40,
  urlCharacters: 2048,
  subjectCharacters: 998,
  fileNameCharacters: 255,
  /** Of a mail's text, and of its HTML; the raw mail has all of it. */
  textCharacters: 1_000_000,
  /** How much of a message's text search reads. */
  indexedCharacters: 100_000,
  /** How many different words of it; more would hold up every other writer. */
  indexedTerms: 5000,
  /** Contents of one page of messages, in bytes; the page is then shorter than its limit. */
  pageBytes: 4 * 1024 * 1024,
  htmlDepth: 200,
  idempotencyKeyCharacters: 255,
  /** How long an answer is kept for its Idempotency-Key, and how long a retry waits for one that is running. */
  idempotencyLifetime: 24 * 3_600_000,
  idempotencyWait: 5000,
  parseMilliseconds: 20_000,
  cleanMilliseconds: 5000,
  pathPartCharacters: 200,
} as const

const levels = ['info', 'error', 'silent'] as const
export type LogLevel = (typeof levels)[number]

export interface Config {
  /** Empty for the embedded database in `dataDir`. */
  databaseUrl: string
  databaseConnections: number
  /** Milliseconds. */
  statementTimeout: number
  connectionTimeout: number
  dataDir: string
  host: string
  port: number
  logLevel: LogLevel
}

/** Reads the settings. Throws a Refusal that names the setting. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const read = (name: keyof typeof settings) => env[name]?.trim() || settings[name].default
  const port = Number(read('PORT'))
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Refusal(`PORT is ${env['PORT']}: it must be a whole number from 0 to 65535.`)
  const databaseUrl = read('DATABASE_URL')
  if (databaseUrl !== '' && !/^postgres(ql)?:\/\//.test(databaseUrl))
    throw new Refusal('DATABASE_URL must begin with postgres://.')
  const positive = (name: keyof typeof settings): number => {
    const number = Number(read(name))
    if (!Number.isSafeInteger(number) || number < 1)
      throw new Refusal(`${name} is ${env[name]}: it must be a whole number from 1 on.`)
    return number
  }
  const logLevel = levels.find((level) => level === read('LOG_LEVEL'))
  if (!logLevel) throw new Refusal(`LOG_LEVEL is ${env['LOG_LEVEL']}: it must be one of ${levels.join(', ')}.`)
  return {
    databaseUrl,
    databaseConnections: positive('DATABASE_CONNECTIONS'),
    statementTimeout: positive('DATABASE_STATEMENT_TIMEOUT'),
    connectionTimeout: positive('DATABASE_CONNECTION_TIMEOUT'),
    dataDir: resolve(read('DATA_DIR')),
    host: read('HOST'),
    port,
    logLevel,
  }
}
