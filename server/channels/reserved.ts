import { emailKey } from '../email-address.ts'

export const replyTokenCharacters = 36

const withToken = new RegExp(`^(.+)\\+([0-9a-v]{${replyTokenCharacters}})(@[^@]+)$`, 'i')

/** An address with what looks like a token: the channel's own address, and the token. */
export const splitReplyAddress = (address: string): { email: string; token: string } | undefined => {
  const [, local, token, domain] = withToken.exec(address) ?? []
  return local && token && domain ? { email: local + domain, token: token.toLowerCase() } : undefined
}

export const reservedRule = 'must not begin with bounce+ or end in + and a reply token: such addresses are for answers'

/** Whether mail for this address, if it were a channel's, could be an answer to a mail of another channel. */
export const isReserved = (email: string): boolean =>
  splitReplyAddress(emailKey(email)) !== undefined || emailKey(email).startsWith('bounce+')
