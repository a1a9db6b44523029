import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from '../config.ts'
import { addressOf, hasNoAddress } from '../http/own-address.ts'
import { failed, type Finding, messageOf, ok, warn } from './finding.ts'

/** Milliseconds. */
const patience = 5000
const aDay = 86_400_000

const ask = async (url: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(patience), redirect: 'manual' })
  return { status: answer.status, text: await answer.text() }
}

/** A failed fetch hides why in its cause. */
const causeOf = (error: unknown): string => messageOf((error as Error).cause ?? error)

export const checkServer = async ({ host, port }: Config): Promise<Finding> => {
  if (port === 0) return warn('server', 'PORT is 0: it is another one at each start.', 'Set it to a fixed one.')
  const address = addressOf(host, port)
  try {
    const { status, text } = await ask(`${address}/readyz`)
    return status === 200
      ? ok('server', `${address} is ready.`)
      : failed('server', `${address} is not ready: ${status} ${text.slice(0, 200)}`, 'See the log of the server.')
  } catch (error) {
    return warn(
      'server',
      `${address} does not answer: ${causeOf(error)}`,
      'Start it, or set HOST and PORT as it has them.',
    )
  }
}

export const checkPublicAddress = async (config: Config): Promise<Finding> => {
  const check = 'public address'
  const { publicUrl } = config
  if (publicUrl === '')
    return hasNoAddress(config)
      ? failed(
          check,
          'PUBLIC_URL is not set, and others reach the server.',
          'Set it: links in mails and invitations begin with it.',
        )
      : warn(check, 'PUBLIC_URL is not set: only this machine is served, and no password is reset by mail.', 'Set it.')
  try {
    const { status, text } = await ask(`${publicUrl}/healthz`)
    if (status !== 200 || !text.includes('"ok"'))
      return failed(check, `${publicUrl}/healthz answers ${status}.`, 'Let it lead to this server: see the proxy.')
    const isOpen = publicUrl.startsWith('http:') && !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(publicUrl)
    return isOpen
      ? warn(
          check,
          `${publicUrl} leads here, without TLS.`,
          'Put a proxy with a certificate in front (examples/Caddyfile).',
        )
      : ok(check, `${publicUrl} leads here.`)
  } catch (error) {
    return failed(check, `${publicUrl}: ${causeOf(error)}`, 'See DNS, the firewall and the certificate of the proxy.')
  }
}

export const checkCertificate = ({ tlsCert, tlsKey }: Config): Finding => {
  const check = 'TLS'
  if (tlsCert === '') return ok(check, 'TLS_CERT is not set: SMTP offers no STARTTLS.')
  try {
    const certificate = new X509Certificate(readFileSync(tlsCert))
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(tlsKey))))
      return failed(check, 'TLS_KEY is not the key of TLS_CERT.', 'Set both to files of one certificate.')
    const days = Math.floor((certificate.validToDate.getTime() - Date.now()) / aDay)
    const found = `${certificate.subjectAltName ?? certificate.subject}, valid until ${certificate.validTo}.`
    if (days < 0) return failed(check, found, 'Renew it, and start the server again.')
    return days < 14 ? warn(check, found, 'Renew it, and start the server again.') : ok(check, found)
  } catch (error) {
    return failed(
      check,
      messageOf(error),
      'Set TLS_CERT and TLS_KEY to files (PEM) that the user of the server can read.',
    )
  }
}
