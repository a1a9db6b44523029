import { isIP } from 'node:net'
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
  DATA_DIR: {
    default: './data',
    help: 'Folder of the embedded database and of files that are being imported. Made when it is missing.',
  },
  HOST: { default: '127.0.0.1', help: 'Address to listen on; 0.0.0.0 for all.' },
  PORT: { default: '3000', help: 'Port to listen on, 0 to 65535; 0 takes a free one.' },
  PUBLIC_URL: {
    default: '',
    help: 'Where people reach the server, such as https://inbox.example.com: what links in mails begin with. Empty: no password is reset by mail.',
  },
  RATE_LIMIT: { default: '30000', help: 'Requests a minute of each API key and session; off for any number.' },
  TRUST_PROXY: {
    default: '',
    help: "Addresses of your proxies, such as 10.0.0.7, 10.1.0.0/16: what they say of a client's address and of https is believed. Empty: nobody is.",
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
  TLS_CERT: { default: '', help: 'File of a certificate (PEM) with its chain: SMTP then offers STARTTLS.' },
  TLS_KEY: { default: '', help: 'File of its private key (PEM).' },
  LOG_LEVEL: { default: 'info', help: 'info: one JSON line a request. error: failures only. silent: nothing.' },
} as const

/** Fixed limits, stated once here and in docs/settings.md. Bytes, milliseconds and characters. */
export const limits = {
  bodyBytes: 1024 * 1024,
  mailBytes: 25 * 1024 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  /** Nothing sent and nothing read. Node.js waits twice as long when it has begun to write. */
  silenceTimeout: 30_000,
  connections: 10_000,
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
  pageBytes: 512 * 1024,
  /** A longer text of a message, in bytes, is not read and sent with the others, but part by part. */
  textAtOnce: 16 * 1024,
  /** Such a part, in characters. */
  textPart: 64 * 1024,
  /** Of all answers that wait to be read; beyond it the oldest are cut off. */
  unreadBytes: 128 * 1024 * 1024,
  htmlDepth: 200,
  idempotencyKeyCharacters: 255,
  /** How long an answer is kept for its Idempotency-Key, and how long a retry waits for one that is running. */
  idempotencyLifetime: 24 * 3_600_000,
  idempotencyWait: 5000,
  /** Bad keys a minute from one address, and of how many addresses they are counted. */
  badKeys: 60,
  badKeyAddresses: 10_000,
  passwordLeast: 12,
  passwordMost: 256,
  /** Passwords that wait to be checked, in one process: one at a time, because it takes a processor. */
  passwordsWaiting: 20,
  signInBodyBytes: 8 * 1024,
  /** Tries to sign in, and mails with a link asked for, a minute; of how many addresses each is counted. */
  signInsOfAddress: 30,
  signInsOfEmail: 10,
  resetsOfEmail: 2,
  signInAddresses: 20_000,
  sessionLifetime: 30 * 86_400_000,
  invitationLifetime: 7 * 86_400_000,
  resetLifetime: 3_600_000,
  userAgentCharacters: 255,
  parseMilliseconds: 20_000,
  cleanMilliseconds: 5000,
  pathPartCharacters: 200,
  eventsKept: 86_400_000,
  /** PostgreSQL: how long a transaction of ours may do nothing, as where its process hangs; live updates wait for it. */
  transactionIdle: 3000,
  smtpConnections: 100,
  smtpRecipients: 100,
  smtpIdle: 60_000,
  smtpSession: 600_000,
  smtpDrain: 5000,
  /** Of mails that are arriving over SMTP, all together: they are held in memory. */
  smtpBytesAtOnce: 128 * 1024 * 1024,
  originsMost: 50,
  fieldsMost: 20,
  fieldNameCharacters: 40,
  chatBodyBytes: 64 * 1024,
  chatTextCharacters: 10_000,
  /** Messages a minute of one visitor. */
  chatMessages: 30,
  /** Requests, and first messages of new visitors, a minute from one address; of how many addresses they are counted. */
  chatRequests: 300,
  chatNewVisitors: 10,
  chatAddresses: 20_000,
  /** Without use. */
  chatTokenLifetime: 90 * 86_400_000,
  visitorIdCharacters: 200,
  /** Live connections of one visitor, from one address, and of a process. */
  chatStreamsOfVisitor: 10,
  chatStreamsOfAddress: 200,
  chatStreams: 5000,
  shortcutCharacters: 40,
  /** Live connections of one key or session, from one address, and of a process. */
  streamsOfCaller: 20,
  streamsOfAddress: 500,
  streams: 5000,
  /** A message of the team's, or a post of a form, with its files. */
  uploadBytes: 25 * 1024 * 1024,
  /** Of all messages, and of all posts, that are being taken in at once; beyond it 503. */
  uploadBytesAtOnce: 200 * 1024 * 1024,
  uploadFiles: 10,
  /** A file that is sent to be imported, how long it may take to arrive, and how many arrive at once in a process. */
  importBytes: 1024 * 1024 * 1024,
  importTimeout: 3_600_000,
  importsArriving: 4,
  /** How much of its report is kept, and for how long. */
  importProblems: 100,
  importLifetime: 30 * 86_400_000,
  formMessageCharacters: 100_000,
  formFieldCharacters: 10_000,
  /** Nobody fills in our own form faster. */
  formLeast: 2000,
  /** The same content again within this time is the same message. */
  formRepeat: 600_000,
  /** Posts in `formWindow`, of one client address and of one form; and how many addresses are counted. */
  formWindow: 600_000,
  formPostsOfAddress: 20,
  formPostsOfForm: 600,
  formAddresses: 20_000,
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
    tlsCert,
    tlsKey,
    logLevel,
  }
}

const upTo = (most: number): string => (most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`)

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  return (
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

/** As browsers send it: no path, no slash at its end. */
const isOrigin = (text: string): boolean =>
  /^https?:$/.test(URL.parse(text)?.protocol ?? '') && URL.parse(text)?.origin === text
