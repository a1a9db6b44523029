import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { limits } from './limits.ts'

const noAddressDomain = 'no-address.invalid'

// the grammar of HTML's <input type=email>, plus letters of all scripts (RFC 6531): dots may stand anywhere, as they do in
// addresses of some Japanese providers
const local = /^[\w.!#$%&'*+/=?^`{|}~\u0080-\u{10FFFF}-]+$/u
// with what needs the quotes, or it would be the address without them, written otherwise
const quotedLocal = /^"(?=[^"]*[ ,:;@()[\]])[\w.!#$%&'*+/=?^`{|}~ ,:;@()[\]-]+"$/
// underscores are no letters of a host's name, but stand in domains that receive mail
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const letters = /^(?!-)[\p{L}\p{M}\p{N}-]+(?<!-)$/u
// nobody sees them, or they look like @, or normalisation makes ASCII of them: the Kelvin sign becomes a K
const misleading = /[\s\p{C}\p{Default_Ignorable_Code_Point}\uFF20\uFE6B\u037E\u1FEF\u212A]/u

const parts = (address: string): [local: string, domain: string] => {
  const at = address.lastIndexOf('@')
  return [address.slice(0, at), address.slice(at + 1)]
}

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string): boolean => /^[\0-\x7F]*$/.test(text)

/**
 * Empty where it cannot be converted: the URL parser would drop what follows a slash. An ASCII domain is left alone: it
 * would read 1.2.3 as an IPv4 address.
 */
const asciiDomain = (domain: string): string => {
  if (isAscii(domain)) return domain.toLowerCase()
  return domain.split('.').every((part) => letters.test(part)) ? domainToASCII(domain) : ''
}

const isLiteral = (domain: string): boolean => {
  const [, version, address] = /^\[(ipv6:)?([^\]]+)\]$/.exec(domain) ?? []
  return address !== undefined && isIP(address) === (version ? 6 : 4)
}

/**
 * Whether the trimmed text is an address: HTML's grammar plus internationalised addresses, underscores in domains, quoted
 * local parts and address literals; at most 254 bytes, in ASCII too.
 * The domain that stands in for "no address" is none.
 */
export const isEmail = (text: string): boolean => {
  const address = text.trim()
  if (!address.includes('@') || Buffer.byteLength(address) > limits.emailBytes) return false
  const [name, domain] = parts(address)
  const isQuoted = quotedLocal.test(name)
  if (misleading.test(isQuoted ? domain : address) || (!isQuoted && !local.test(name))) return false
  const ascii = asciiDomain(domain)
  if (isLiteral(ascii)) return true
  const labels = ascii.split('.')
  return (
    Buffer.byteLength(name) + 1 + ascii.length <= limits.emailBytes &&
    labels.every((part) => label.test(part)) &&
    isSpelledRight(domain, ascii) &&
    ascii !== noAddressDomain
  )
}

/** Whether each label of an internationalised domain is what its ASCII form says, and no other text that is mapped to it. */
const isSpelledRight = (domain: string, ascii: string): boolean => {
  if (isAscii(domain) && !ascii.includes('xn--')) return true
  const unicode = domainToUnicode(ascii)
  const [given, inAscii] = [lowerCase(domain.normalize('NFC')).split('.'), ascii.split('.')]
  return (
    domainToASCII(unicode) === ascii &&
    unicode.split('.').every((part, i) => {
      const isRight = part === given[i] || inAscii[i] === given[i]
      return isRight && letters.test(part) && !part.startsWith('xn--')
    })
  )
}

/**
 * Two addresses with one key are one contact: normalised, in lower case, the domain in ASCII; plus-tags and dots are kept.
 * Expects what `isEmail` accepts.
 */
export const emailKey = (address: string): string => {
  const [name, domain] = parts(address.trim().normalize('NFC'))
  // one letter, which is written ς at the end of a word
  return `${lowerCase(name).replaceAll('ς', 'σ').normalize('NFC')}@${asciiDomain(domain)}`
}

/**
 * Only letters that are the capital of exactly one small letter change. ſ is not s, ß is not ss and İ is not i: their owners
 * could pass for somebody else.
 */
const lowerCase = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : Array.from(text, lowerCaseLetter).join('')

const lowerCaseLetter = (letter: string): string => {
  const small = letter.toLowerCase()
  return small.toUpperCase() === letter ? small : letter
}

/** Of an address that `isEmail` accepts, in ASCII. */
export const domainOf = (address: string): string => parts(emailKey(address))[1]

export const nameFromEmail = (address: string): string => parts(address.trim())[0]

/** Stands where an address must be and there is none (RFC 2606): never mailed, never matched. */
export const noAddress = (contactId: string): string => `${contactId}@${noAddressDomain}`
