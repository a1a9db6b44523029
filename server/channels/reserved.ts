import { emailKey } from '../email-address.ts'

export const replyTokenCharacters = 36
/** Says in a short reply address when its channel was made. */
export const tickCharacters = 10

const token = `([0-9a-v]{${replyTokenCharacters}})`
const withToken = new RegExp(`^(?:(.+)\\+|reply\\+([0-9a-v]{${tickCharacters}}))${token}(@[^@]+)$`, 'i')

export interface ReplyAddress {
  token: string
  /** The channel's own address; a short reply address has the beginning of its id instead. */
  email?: string
  channelTick?: string
}

/** An address with what looks like a token. */
export const splitReplyAddress = (address: string): ReplyAddress | undefined => {
  const [, local, channelTick, given, domain] = withToken.exec(address) ?? []
  if (given === undefined || domain === undefined) return undefined
  const found = { token: given.toLowerCase() }
  if (channelTick !== undefined) return { ...found, channelTick: channelTick.toLowerCase() }
  return { ...found, email: `${local}${domain}` }
}

export const reservedRule = 'must not begin with bounce+ or end in + and a reply token: such addresses are for answers'

/** Whether mail for this address, if it were a channel's, could be an answer to a mail of another channel. */
export const isReserved = (email: string): boolean =>
  splitReplyAddress(emailKey(email)) !== undefined || emailKey(email).startsWith('bounce+')
