// what no address that a mail server takes unquoted has in it
const between = /[\s\p{Cc}<>"(),:;[\]\\]+/u
const base64Line = /^[A-Za-z0-9+/]{4,}={0,2}$/
const mostOf = { local: 64, domain: 255 }

/** Whatever looks like an address in the source of a mail, in small letters: in plain text, quoted-printable and base64. */
export const addressesIn = (source: Uint8Array): ReadonlySet<string> => {
  const text = Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString()
  const found = new Set<string>()
  for (const form of [text, unquoted(text), ...decoded(text)]) collect(form, found)
  return found
}

const collect = (text: string, found: Set<string>): void => {
  for (const word of text.toLowerCase().split(between)) {
    const parts = word.split('@')
    for (const [i, part] of parts.entries()) {
      const domain = parts[i + 1]?.slice(0, mostOf.domain)
      if (part !== '' && domain?.includes('.')) found.add(`${part.slice(-mostOf.local)}@${domain}`.toWellFormed())
    }
  }
}

const unquoted = (text: string): string => {
  const bytes = Buffer.from(text.replace(/=\r?\n/g, ''))
  const latin1 = bytes
    .toString('latin1')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(latin1, 'latin1').toString()
}

/** Each run of lines that may be base64. */
const decoded = (text: string): string[] => {
  const runs: string[] = []
  let isInRun = false
  for (const line of text.split(/\r?\n/)) {
    const isOne = base64Line.test(line)
    if (isOne && isInRun) runs[runs.length - 1] += line
    else if (isOne) runs.push(line)
    isInRun = isOne
  }
  return runs.map((run) => Buffer.from(run, 'base64').toString())
}
