import { isIP } from 'node:net'
import type { SendMailOptions } from 'nodemailer'
import { hostOf } from '../channels/change.ts'
import { limits } from '../limits.ts'
import { composeMail, createSmtpConnection } from './libraries.ts'

/** Milliseconds. */
const patience = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000, dnsTimeout: 15_000 }

const tooSlow = `The mail server did not take the mail within ${limits.sendingTimeout / 1000} seconds.`

const ports = { smtps: 465, smtp: 587 }
const ownMachine = new Set(['localhost', '127.0.0.1', '::1'])

/**
 * For smtp:// and smtps://, with user and password or without. Nothing else of the URL counts: its query could switch
 * on options that write passwords to the log. A password goes over an encrypted connection, or to the own machine.
 * `address` is where the host was found, if that is known.
 */
const connectionFor = (text: string, address: string | undefined) => {
  const { protocol, port, username } = new URL(text)
  const secure = protocol === 'smtps:'
  const host = hostOf(text)
  const isOwnMachine = ownMachine.has(host)
  return createSmtpConnection({
    host: address ?? host,
    port: Number(port) || (secure ? ports.smtps : ports.smtp),
    secure,
    requireTLS: username !== '' && !secure && !isOwnMachine,
    tls: { rejectUnauthorized: !isOwnMachine, ...(isIP(host) === 0 ? { servername: host } : {}) },
    ...patience,
  })
}

/** A mail holds what it says, not files of this machine or pages that it names. */
export const compose = (mail: SendMailOptions) =>
  composeMail({ ...mail, disableFileAccess: true, disableUrlAccess: true }).compile()

interface Opening {
  url: string
  address: string | undefined
  /** Ends the connection, whatever it is at. */
  signal: AbortSignal
}

type Connection = ReturnType<typeof createSmtpConnection>
type End = (error?: Error | null) => void

/** Does its work when the server has greeted us and let us in. Resolves when the work has called its `end`. */
const withConnection = async (
  { url, address, signal }: Opening,
  work: (connection: Connection, end: End) => void,
): Promise<void> => {
  const { username, password } = new URL(url)
  const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  const connection = connectionFor(url, address)
  await new Promise<void>((resolve, reject) => {
    const end: End = (error) => {
      connection.close()
      if (error) reject(error)
      else resolve()
    }
    const late = () => Object.assign(new Error(tooSlow), { code: 'ETIMEDOUT' })
    const cut = () => end(signal.reason instanceof DOMException ? late() : (signal.reason as Error))
    if (signal.aborted) return cut()
    signal.addEventListener('abort', cut, { once: true })
    connection.on('error', end)
    connection.connect((error) => {
      if (error) end(error)
      else if (username === '' || !connection.allowsAuth) work(connection, end)
      else connection.login({ credentials }, (refusal) => (refusal ? end(refusal) : work(connection, end)))
    })
    return undefined
  })
}

/** A recipient whom the server did not take, though it took others of the same mail. */
export interface Rejected {
  email: string
  /** In the server's words. */
  reason: string
}

/** Resolves when the server has taken the mail. What fails after `onReady` is about this mail. */
export const transport = async (
  message: ReturnType<typeof compose>,
  { onReady, ...opening }: Opening & { onReady(): void },
): Promise<Rejected[]> => {
  let rejected: Rejected[] = []
  await withConnection(opening, (connection, end) => {
    onReady()
    connection.send(message.getEnvelope(), message.createReadStream(), (error, info) => {
      const refusals = info?.rejectedErrors ?? []
      rejected = refusals.map(({ recipient = '', response = '' }) => ({ email: recipient, reason: response }))
      end(error)
    })
  })
  return rejected
}

/** Resolves to whether the server asks for a password and takes that of the URL. Rejects where it refuses it. */
export const signIn = async (opening: Opening): Promise<boolean> => {
  let isIn = false
  await withConnection(opening, (connection, end) => {
    isIn = connection.authenticated
    end()
  })
  return isIn
}
