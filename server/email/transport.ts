import { isIP } from 'node:net'
import { hostOf } from '../channels/change.ts'
import { createTransport, type TransportOptions } from './libraries.ts'

/** Milliseconds. */
const patience = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000, dnsTimeout: 15_000 }

const ports = { smtps: 465, smtp: 587 }
const ownMachine = new Set(['localhost', '127.0.0.1', '::1'])

/**
 * For smtp:// and smtps://, with user and password or without. Nothing else of the URL counts: its query could switch
 * on options that write passwords to the log. A password goes over an encrypted connection, or to the own machine.
 * `address` is where the host was found, if that is known.
 */
export const transportOf = (text: string, address?: string, more: TransportOptions = {}) => {
  const { protocol, port, username, password } = new URL(text)
  const secure = protocol === 'smtps:'
  const host = hostOf(text)
  const isOwnMachine = ownMachine.has(host)
  return createTransport({
    host: address ?? host,
    port: Number(port) || (secure ? ports.smtps : ports.smtp),
    secure,
    requireTLS: username !== '' && !secure && !isOwnMachine,
    tls: { rejectUnauthorized: !isOwnMachine, ...(isIP(host) === 0 ? { servername: host } : {}) },
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...patience,
    ...more,
  })
}
