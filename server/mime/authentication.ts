import { domainToASCII } from 'node:url'
import type { Email } from './email.ts'

/** What one server found out about the sender of a mail: an Authentication-Results header (RFC 8601). */
export interface AuthenticationResults {
  /** The server that says so. Anybody can write any name here. */
  authservId: string
  results: { method: string; result: string; properties: Record<string, string> }[]
}

/** Of one mail, the topmost; and characters of each. */
const mostOf = { headers: 20, characters: 8192 }

/** From top to bottom: each server puts its own above those that the mail had. */
export const authenticationIn = ({ headers }: Email): AuthenticationResults[] =>
  headers
    .filter(({ key }) => key === 'authentication-results')
    .slice(0, mostOf.headers)
    .map(({ value }) => parse(value.slice(0, mostOf.characters)))

/**
 * Whether the address in From is its sender's: a trusted server says that DKIM or SPF passed for its domain, or for one that
 * its domain is below. Headers below the first of another server are not read: they came with the mail. Of each method the
 * topmost header counts that speaks of it. That a trusted server removes headers in its own name from what it receives
 * (RFC 8601, section 5) is its operator's to see to.
 */
export const isAuthenticated = (
  { from, authentication }: { from: { address: string } | null; authentication: AuthenticationResults[] },
  trusted: readonly string[],
): boolean => {
  const domain = domainOf(from?.address ?? '')
  if (domain === '') return false
  const foreign = authentication.findIndex(({ authservId }) => !trusted.includes(authservId))
  const believed = foreign === -1 ? authentication : authentication.slice(0, foreign)
  return Object.entries(identities).some(([method, names]) => {
    const own = believed.map(({ results }) => results.filter((each) => each.method === method))
    const topmost = own.find((results) => results.length > 0) ?? []
    return topmost.some(
      ({ result, properties }) =>
        result === 'pass' && isAligned(domain, names.map((name) => properties[name]).find(Boolean)),
    )
  })
}

/** Where a method names the domain that it has checked. SPF checks the name of the host where the envelope has no sender. */
const identities = { dkim: ['header.d'], spf: ['smtp.mailfrom', 'smtp.helo'] }

/** Not the other way round: whoever has a domain below another's is not that other. */
const isAligned = (domain: string, identity = ''): boolean => {
  const proven = domainOf(identity)
  return proven !== '' && (domain === proven || domain.endsWith(`.${proven}`))
}

/** Of an address, or as it is. Empty for what is none. */
const domainOf = (text: string): string =>
  domainToASCII(text.slice(text.lastIndexOf('@') + 1).toLowerCase()).replace(/\.$/, '')

/** authserv-id [version] *(";" method ["/" version] "=" result *(property "=" value)); what is not so says nothing. */
const parse = (text: string): AuthenticationResults => {
  const [head = [], ...statements] = statementsOf(text)
  return {
    authservId: (head[0] ?? '').toLowerCase(),
    results: statements.flatMap((words) => {
      const [[method, result] = [], ...properties] = pairsOf(words)
      if (method === undefined || result === undefined) return []
      return [
        {
          method: method.split('/')[0]!.toLowerCase(),
          result: result.toLowerCase(),
          properties: Object.fromEntries(properties.map(([name, value]) => [name.toLowerCase(), value])),
        },
      ]
    }),
  }
}

const pairsOf = (words: string[]): [name: string, value: string][] =>
  words.flatMap((word, i) => {
    const [name, value] = [words[i - 1], words[i + 1]]
    return word === '=' && name !== undefined && value !== undefined ? [[name, value] as [string, string]] : []
  })

/**
 * The words between semicolons, the "=" behind a name being one of its own; in a value it is a character, because senders choose
 * what stands before the @ of their address. Comments are left out, whatever is in them.
 */
const statementsOf = (text: string): string[][] => {
  const statements: string[][] = [[]]
  let word: string | undefined
  let depth = 0
  let isQuoted = false
  const end = (separator?: string) => {
    if (word !== undefined) statements.at(-1)!.push(word)
    if (separator === '=') statements.at(-1)!.push('=')
    if (separator === ';') statements.push([])
    word = undefined
  }
  const isInValue = () => word !== undefined && statements.at(-1)!.at(-1) === '='
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (character === '\\' && (isQuoted || depth > 0)) {
      i++
      if (isQuoted) word = (word ?? '') + (text[i] ?? '')
    } else if (isQuoted) {
      if (character === '"') isQuoted = false
      else word = (word ?? '') + character
    } else if (character === '(') {
      if (depth++ === 0) end()
    } else if (depth > 0) {
      if (character === ')') depth--
    } else if (character === '"') {
      isQuoted = true
      word ??= ''
    } else if (/[\s;]/.test(character) || (character === '=' && !isInValue())) end(character)
    else word = (word ?? '') + character
  }
  // what was begun and not ended proves nothing
  if (isQuoted || depth > 0) return statements.slice(0, -1)
  end()
  return statements
}
