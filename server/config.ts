import { resolve } from 'node:path'
import { limits } from './limits.ts'
import { isMailName, isNetwork, isOrigin, lacksPassword, passwordRule } from './setting-syntax.ts'

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
  DATA_DIR: {
    default: './data',
    help: 'Folder of the embedded database and of files that are being imported. Made when it is missing.',
  },
  HOST: { default: '127.0.0.1', help: 'Address to listen on; 0.0.0.0 for all.' },
  PORT: { default: '3000', help: 'Port to listen on, 0 to 65535; 0 takes a free one.' },
  PUBLIC_URL: {
    default: '',
    help: 'Where people reach the server, such as https://inbox.example.com: what links begin with. Empty: no password is reset by mail, and where HOST is not loopback, invitations are paths without an address.',
  },
  RATE_LIMIT: { default: '30000', help: 'Requests a minute of each API key and session; off for any number.' },
  TRUST_PROXY: {
    default: '',
    help: "Addresses of your proxies and mail relays, such as 10.0.0.7, 10.1.0.0/16: what they say of a client's address and of https is believed, and they may hand on the mail of many. Empty: nobody is.",
  },
  CORS_ORIGINS: {
    default: '',
    help: 'Origins whose pages may call the API from a browser, such as https://app.example.com, https://b.example. Empty: none.',
  },
  METRICS_PORT: { default: '', help: 'Port for GET /metrics, on HOST, without a key. Empty: no metrics.' },
  DRAIN_SECONDS: {
    default: '1',
    help: 'How long after SIGTERM requests are still taken while /readyz is 503, so that load balancers notice; 0 to 5.',
  },
  SMTP_PORT: {
    default: '',
    help: 'Port on HOST where mail for EMAIL channels arrives by SMTP; 0 takes a free one. Empty: none.',
  },
  SMTP_URL: {
    default: '',
    help: 'smtp://user:password@host:587 or smtps://…: what mail is sent through. Empty: replies wait.',
  },
  CHANNEL_SMTP_NETWORKS: {
    default: '',
    help: "Private addresses and networks that a channel's smtpUrl, set over the API, may lead to, such as 10.0.0.7, 192.168.0.0/16. Empty: public ones only.",
  },
  NO_BOUNCE_ADDRESS: {
    default: '',
    help: 'Addresses of channels, and domains, of which bounce+…@ does not arrive here, such as help@example.com, example.org: their mail leaves with the address of the channel as envelope sender.',
  },
  AUTHSERV_IDS: {
    default: '',
    help: 'Your mail servers, as they call themselves in Authentication-Results, such as mx.example.com: what they say of a sender is believed. Empty: nobody is.',
  },
  MAX_MAIL_SIZE: {
    default: String(limits.mailBytes / 1024 ** 2),
    help: 'MiB, 1 to 150: of a larger mail the headers and the text are kept, and the names of its files.',
  },
  MIN_FREE_SPACE: {
    default: '256',
    help: 'MiB on the disk of DATA_DIR: below it mail, chats and forms are refused, and the team goes on. 0: never.',
  },
  TLS_CERT: { default: '', help: 'File of a certificate (PEM) with its chain: SMTP then offers STARTTLS.' },
  TLS_KEY: { default: '', help: 'File of its private key (PEM).' },
  LOG_LEVEL: {
    default: 'info',
    help: 'info: one JSON line a request. error: failures, and the end of the process. silent: nothing.',
  },
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
  /** An origin; empty where nobody said it. */
  publicUrl: string
  /** Requests a minute of each API key and session; undefined for any number. */
  rateLimit: number | undefined
  /** Addresses and networks. */
  trustProxy: string[]
  corsOrigins: string[]
  metricsPort: number | undefined
  drainSeconds: number
  /** Undefined: no mail arrives by SMTP. */
  smtpPort: number | undefined
  /** Empty: mail is not sent, but where a channel has a server of its own. */
  smtpUrl: string
  /** Private addresses and networks that channels may send through. */
  smtpNetworks: string[]
  /** Addresses and domains, in small letters. */
  noBounceAddress: string[]
  /** In small letters. */
  authservIds: string[]
  /** Bytes. */
  mailBytes: number
  minFreeSpace: number
  /** Files (PEM); both empty where SMTP offers no STARTTLS. */
  tlsCert: string
  tlsKey: string
  logLevel: LogLevel
}

/** Reads the settings. Throws a Refusal that names the setting. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const read = (name: keyof typeof settings) => env[name]?.trim() || settings[name].default
  const whole = (name: keyof typeof settings, least: number, most = Number.MAX_SAFE_INTEGER): number => {
    const number = Number(read(name))
    if (read(name) === '' || !Number.isSafeInteger(number) || number < least || number > most)
      throw new Refusal(`${name} is ${env[name]}: it must be a whole number from ${least} ${upTo(most)}.`)
    return number
  }
  const many = (name: keyof typeof settings, isOne: (text: string) => boolean, what: string): string[] => {
    const list = read(name)
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
    const wrong = list.find((text) => !isOne(text))
    if (wrong !== undefined) throw new Refusal(`${name} has ${wrong}: it must be a list of ${what}, with commas.`)
    return list
  }
  const databaseUrl = read('DATABASE_URL')
  if (databaseUrl !== '' && !/^postgres(ql)?:\/\//.test(databaseUrl))
    throw new Refusal('DATABASE_URL must begin with postgres://.')
  const smtpUrl = read('SMTP_URL')
  if (smtpUrl !== '' && !(/^smtps?:\/\/./.test(smtpUrl) && URL.canParse(smtpUrl)))
    throw new Refusal('SMTP_URL must be a URL like smtp://user:password@host:587 or smtps://user:password@host.')
  if (smtpUrl !== '' && lacksPassword(smtpUrl)) throw new Refusal(`SMTP_URL ${passwordRule}.`)
  const publicUrl = read('PUBLIC_URL').replace(/\/$/, '')
  if (publicUrl !== '' && !isOrigin(publicUrl))
    throw new Refusal(`PUBLIC_URL is ${publicUrl}: it must be an origin such as https://inbox.example.com.`)
  const [tlsCert, tlsKey] = [read('TLS_CERT'), read('TLS_KEY')]
  if ((tlsCert === '') !== (tlsKey === '')) throw new Refusal('TLS_CERT and TLS_KEY go together: set both or neither.')
  const logLevel = levels.find((level) => level === read('LOG_LEVEL'))
  if (!logLevel) throw new Refusal(`LOG_LEVEL is ${env['LOG_LEVEL']}: it must be one of ${levels.join(', ')}.`)
  return {
    databaseUrl,
    databaseConnections: whole('DATABASE_CONNECTIONS', 1),
    statementTimeout: whole('DATABASE_STATEMENT_TIMEOUT', 1),
    connectionTimeout: whole('DATABASE_CONNECTION_TIMEOUT', 1),
    dataDir: resolve(read('DATA_DIR')),
    host: read('HOST'),
    port: whole('PORT', 0, 65_535),
    publicUrl,
    rateLimit: read('RATE_LIMIT') === 'off' ? undefined : whole('RATE_LIMIT', 1),
    trustProxy: many('TRUST_PROXY', isNetwork, 'addresses and networks'),
    corsOrigins: many('CORS_ORIGINS', isOrigin, 'origins such as https://app.example.com'),
    metricsPort: read('METRICS_PORT') === '' ? undefined : whole('METRICS_PORT', 0, 65_535),
    drainSeconds: whole('DRAIN_SECONDS', 0, 5),
    smtpPort: read('SMTP_PORT') === '' ? undefined : whole('SMTP_PORT', 0, 65_535),
    smtpUrl,
    smtpNetworks: many('CHANNEL_SMTP_NETWORKS', isNetwork, 'addresses and networks'),
    noBounceAddress: many('NO_BOUNCE_ADDRESS', isMailName, 'addresses and domains').map((text) => text.toLowerCase()),
    authservIds: many('AUTHSERV_IDS', isMailName, 'names such as mx.example.com').map((text) => text.toLowerCase()),
    mailBytes: whole('MAX_MAIL_SIZE', 1, limits.mailBytesMost / 1024 ** 2) * 1024 ** 2,
    minFreeSpace: whole('MIN_FREE_SPACE', 0, 1024 ** 3) * 1024 ** 2,
    tlsCert,
    tlsKey,
    logLevel,
  }
}

const upTo = (most: number): string => (most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`)
