import { currentTime } from '../current-time.ts'
import { hostOf } from '../channels/change.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { domainOf, emailKey } from '../email-address.ts'
import { isProvider } from '../mailbox-providers.ts'
import type { MailServer } from './deliver.ts'

/** How long a server that refused a bounce address is not given another one, milliseconds. */
const refusalLasts = 7 * 86_400_000

interface Way {
  channel: ChannelRow
  server: MailServer
  /** Addresses and domains, by NO_BOUNCE_ADDRESS. */
  noBounceAddress: readonly string[]
}

/**
 * Whether a mail's envelope sender can be an address of its own, instead of the channel's. Mailbox providers rewrite or refuse
 * other ones, and bounce@ is somebody else's there.
 */
export const mayUseBounceAddress = ({ channel, server, noBounceAddress }: Way): boolean => {
  const address = emailKey(channel.email!)
  const domain = domainOf(address)
  const isExcepted = noBounceAddress.some((text) => text === address || text === domain)
  const wasRefused = currentTime() - Date.parse(channel.bounceRefusedAt ?? '') < refusalLasts
  return !isExcepted && !wasRefused && !isProvider(domain) && !isProvider(hostOf(server.url))
}
