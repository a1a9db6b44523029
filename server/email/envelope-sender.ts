import { hostOf } from '../channels/change.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { emailKey } from '../email-address.ts'
import type { MailServer } from './deliver.ts'

/** Mailbox providers: their servers rewrite or refuse other envelope senders than the mailbox, and bounce@ is somebody else's. */
const providers = `
  gmail.com googlemail.com office365.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com
  mac.com gmx.net gmx.de gmx.com web.de mail.com t-online.de freenet.de posteo.de mailbox.org fastmail.com messagingengine.com
  proton.me protonmail.com protonmail.ch zoho.com zoho.eu yandex.com yandex.ru mail.ru orange.fr laposte.net libero.it qq.com 163.com
`
  .trim()
  .split(/\s+/)

const isProvider = (host: string): boolean => providers.some((known) => host === known || host.endsWith(`.${known}`))

/** How long a server that refused a bounce address is not given another one, milliseconds. */
const refusalLasts = 7 * 86_400_000

interface Way {
  channel: ChannelRow
  server: MailServer
  /** Addresses and domains, by NO_BOUNCE_ADDRESS. */
  noBounceAddress: readonly string[]
}

/** Whether a mail's envelope sender can be an address of its own, instead of the channel's. */
export const mayUseBounceAddress = ({ channel, server, noBounceAddress }: Way): boolean => {
  const address = emailKey(channel.email!)
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const isExcepted = noBounceAddress.some((text) => text === address || text === domain)
  const wasRefused = Date.now() - Date.parse(channel.bounceRefusedAt ?? '') < refusalLasts
  return !isExcepted && !wasRefused && !isProvider(domain) && !isProvider(hostOf(server.url))
}
