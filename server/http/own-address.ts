import type { FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { fail } from '../errors.ts'

/** What a process knows of its own address. */
export const addressOf = (host: string, port: number): string => {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/i

/** Whether links are paths only: others reach the server, and nobody has said by which address. */
export const hasNoAddress = ({ publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>): boolean =>
  publicUrl === '' && !loopback.test(host)

/** What links to this server begin with: PUBLIC_URL or, on the own machine only, as whoever asks reached it; else nothing. */
export const ownAddress = (
  config: Pick<Config, 'publicUrl' | 'host'>,
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
): string => config.publicUrl || (hasNoAddress(config) ? '' : `${protocol}://${host}`)

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Browsers add a cookie to requests of any page, and say whose page it is. Throws `foreign_page` (403) for a request that
 * may change something and does not come from a page of this server. A proxy may have changed the protocol, so hosts count.
 */
export const refuseForeignPages = ({ method, headers, host }: FastifyRequest, publicUrl: string): void => {
  if (harmless.has(method)) return
  const site = headers['sec-fetch-site']
  const origin = URL.parse(headers.origin ?? '')?.host
  const own = [URL.parse(`http://${host}`)?.host, URL.parse(publicUrl)?.host]
  const isOwnOrigin = Boolean(origin) && own.includes(origin)
  if (site === undefined ? !isOwnOrigin : site !== 'same-origin') fail('foreign_page')
}
