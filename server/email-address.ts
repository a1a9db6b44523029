import { domainToASCII } from 'node:url'
import { limits } from './config.ts'

const noAddressDomain = 'no-address.invalid'

// the grammar of HTML's <input type=email>, plus letters of all scripts (RFC 6531)
const local = /^[\w.!#$%&'*+/=?^`{|}~\u0080-\u{10FFFF}-]+$/u
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const spaceOrControl = /[\s\p{C}]/u

const parts = (address: string): [local: string, domain: string] => {
  const at = address.lastIndexOf('@')
  return [address.slice(0, at), address.slice(at + 1)]
}

// an ASCII domain is left alone: the URL parser would read 1.2.3 as an IPv4 address
const asciiDomain = (domain: string): string =>
  // oxlint-disable-next-line no-control-regex
  /^[\0-\x7F]*$/.test(domain) ? domain.toLowerCase() : domainToASCII(domain)

/**
 * Whether the trimmed text is an address: HTML's grammar plus internationalised addresses, at most 254 bytes.
 * The domain that stands in for "no address" is none.
 */
export const isEmail = (text: string): boolean => {
  const address = text.trim()
  if (!address.includes('@') || Buffer.byteLength(address) > limits.emailBytes || spaceOrControl.test(address))
    return false
  const [name, domain] = parts(address)
  const ascii = asciiDomain(domain)
  return local.test(name) && ascii.split('.').every((part) => label.test(part)) && ascii !== noAddressDomain
}

/**
 * Two addresses with one key are one contact: normalised, case-folded, the domain in ASCII;
 * plus-tags and dots are kept. Expects what `isEmail` accepts.
 */
export const emailKey = (address: string): string => {
  const [name, domain] = parts(address.trim().normalize('NFC'))
  return `${foldCase(name)}@${asciiDomain(domain)}`
}

/** Unicode's full case folding: ß is ss, µ is μ; but a dotless ı stays one, or its owner could pass for somebody else. */
const foldCase = (text: string): string =>
  text
    .split('ı')
    .map((part) => part.toUpperCase().toLowerCase())
    .join('ı')
    .replaceAll('ς', 'σ')
    .normalize('NFC')

export const nameFromEmail = (address: string): string => parts(address.trim())[0]

/** Stands where an address must be and there is none (RFC 2606): never mailed, never matched. */
export const noAddress = (contactId: string): string => `${contactId}@${noAddressDomain}`
