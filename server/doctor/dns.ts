import { Resolver } from 'node:dns/promises'
import { isProvider } from '../mailbox-providers.ts'
import { failed, type Finding, ok, warn } from './finding.ts'

/** Milliseconds of one question. */
const patience = 2000

interface Asked {
  domains: readonly string[]
  /** Of DKIM keys; without one it is only seen whether there are any. */
  selectors: readonly string[]
  /** A name server, instead of the system's. */
  server: string | undefined
}

/** What the world is told of the domains of channels. One name server that does not answer is said once. */
export const checkDns = async ({ domains, selectors, server }: Asked): Promise<Finding[]> => {
  const resolver = new Resolver({ timeout: patience, tries: 1 })
  if (server !== undefined) resolver.setServers([server])
  const findings: Finding[] = []
  for (const domain of domains) {
    if (isProvider(domain)) findings.push(ok(`DNS of ${domain}`, 'It is a mailbox provider, who sees to it.'))
    else
      try {
        findings.push(...(await checkDomain(resolver, domain, selectors)))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        return [
          ...findings,
          warn(
            'DNS',
            `No name server answers (${code}).`,
            'Run this where names can be looked up, or name a server with --dns.',
          ),
        ]
      }
  }
  return findings
}

const checkDomain = async (resolver: Resolver, domain: string, selectors: readonly string[]): Promise<Finding[]> => [
  await checkMx(resolver, domain),
  await checkSpf(resolver, domain),
  ...(selectors.length === 0
    ? [await checkAnyDkim(resolver, domain)]
    : await Promise.all(selectors.map((selector) => checkDkim(resolver, `${selector}._domainkey.${domain}`)))),
  await checkDmarc(resolver, domain),
]

/** Undefined where the name does not exist, empty where it has none of this kind. Rejects where nobody could be asked. */
const orNone = async <T>(answer: Promise<T[]>): Promise<T[] | undefined> => {
  try {
    return await answer
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENODATA') return []
    if (code === 'ENOTFOUND') return undefined
    throw error
  }
}

const textsOf = async (resolver: Resolver, name: string, begin: RegExp): Promise<string[]> =>
  ((await orNone(resolver.resolveTxt(name))) ?? []).map((parts) => parts.join('')).filter((text) => begin.test(text))

const checkMx = async (resolver: Resolver, domain: string): Promise<Finding> => {
  const check = `MX of ${domain}`
  const found = (await orNone(resolver.resolveMx(domain))) ?? []
  const hosts = found.toSorted((a, b) => a.priority - b.priority).map(({ exchange }) => exchange)
  if (hosts.length === 0)
    return warn(
      check,
      'There is none: mail to the channel does not arrive.',
      'Set an MX record to the server that takes mail for it.',
    )
  if (hosts.includes('')) return failed(check, 'It says that the domain takes no mail.', 'Replace the record.')
  for (const host of hosts) {
    const addresses = await Promise.all([orNone(resolver.resolve4(host)), orNone(resolver.resolve6(host))])
    if (addresses.flat().filter((address) => address !== undefined).length === 0)
      return failed(check, `${host} has no address.`, 'Give it an A or AAAA record.')
  }
  return ok(check, hosts.join(', '))
}

const checkSpf = async (resolver: Resolver, domain: string): Promise<Finding> => {
  const check = `SPF of ${domain}`
  const [record, ...others] = await textsOf(resolver, domain, /^v=spf1(?: |$)/i)
  if (record === undefined)
    return warn(
      check,
      'There is none: mail may be taken for spam.',
      'Publish a TXT record that names who sends: "v=spf1 … -all".',
    )
  if (others.length > 0) return failed(check, 'There is more than one record.', 'Keep one: receivers refuse to choose.')
  if (/(?:^|\s)\+?all(?:\s|$)/i.test(record))
    return failed(check, record, 'Replace "+all": it lets everybody send as you.')
  return ok(check, record)
}

// a name without records of its own exists as long as there is one below it (RFC 8020)
const checkAnyDkim = async (resolver: Resolver, domain: string): Promise<Finding> => {
  const check = `DKIM of ${domain}`
  const isThere = (await orNone(resolver.resolveTxt(`_domainkey.${domain}`))) !== undefined
  return isThere
    ? ok(check, 'There are keys. Check one with --selector.')
    : warn(check, 'There are no keys.', 'Let the server that sends sign, and publish its key.')
}

const checkDkim = async (resolver: Resolver, name: string): Promise<Finding> => {
  const check = `DKIM of ${name}`
  const [record] = await textsOf(resolver, name, /(?:^|;)\s*p=/i)
  if (record === undefined) return failed(check, 'There is no such key.', 'Publish it as the server that signs says.')
  if (/(?:^|;)\s*p=\s*(?:;|$)/i.test(record))
    return failed(check, 'The key is revoked (p= is empty).', 'Publish the new key.')
  return ok(check, 'The key is there.')
}

const checkDmarc = async (resolver: Resolver, domain: string): Promise<Finding> => {
  // a subdomain has the record of the domain above it
  const names = domain
    .split('.')
    .map((_, i, labels) => labels.slice(i).join('.'))
    .filter((name) => name.includes('.'))
  for (const name of names) {
    const [record, ...others] = await textsOf(resolver, `_dmarc.${name}`, /^v=DMARC1(?:;|$)/i)
    if (record === undefined) continue
    const check = `DMARC of ${domain}`
    if (others.length > 0)
      return failed(check, 'There is more than one record.', 'Keep one: receivers ignore all of them.')
    return ok(check, record)
  }
  return warn(
    `DMARC of ${domain}`,
    'There is none.',
    `Publish a TXT record at _dmarc.${domain}: "v=DMARC1; p=none; rua=mailto:…".`,
  )
}
