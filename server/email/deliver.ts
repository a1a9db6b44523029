import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { SendMailOptions } from 'nodemailer'
import { hostOf, type SendingChannel } from '../channels/change.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Reach } from '../http/reach.ts'
import { GiveUp, NotYet, PauseQueue, TryAgain } from '../jobs/work.ts'
import { failure, failureOf, type SmtpError } from './failure.ts'
import { compose, transport, type Rejected } from './transport.ts'

/** What a mail is sent through. */
export interface MailServer {
  /** Empty where there is none. */
  url: string
  /** Set over the API, so that it is followed to allowed addresses only. */
  isGuarded: boolean
}

/** The channel's own, else that of the installation. */
export const serverOf = (channel: SendingChannel | undefined, smtpUrl: string): MailServer => ({
  url: channel?.smtpUrl ?? smtpUrl,
  isGuarded: channel !== undefined && channel.smtpUrl !== null && !channel.smtpByOperator,
})

/**
 * The queue of what leaves through it: its server's, with the account there, so that none waits for another; a channel's own
 * belongs to its workspace. In the one without a name is what has no channel to leave by.
 */
export const queueOf = (channel: ChannelRow | undefined, kind: string): string => {
  if (!channel) return ''
  if (channel.smtpUrl === null) return `all ${kind}`
  const server = new URL(channel.smtpUrl)
  server.password = ''
  return `${channel.workspaceId} ${kind} ${createHash('sha256').update(server.href).digest('base64url')}`
}

/** Resolves to who did not get it, where others did. */
export type Send = (server: MailServer, mail: SendMailOptions, signal: AbortSignal) => Promise<Rejected[]>

/**
 * The function that it makes throws `GiveUp` where the server says that it will never take the mail, and `PauseQueue` where no
 * mail can be handed to it now.
 */
export const createSend =
  (mayReach: Reach): Send =>
  async ({ url, isGuarded }, mail, closing) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(limits.sendingTimeout)])
    const message = compose(mail)
    let isReady = false
    const onReady = () => void (isReady = true)
    try {
      const address = isGuarded ? await addressOf(url, { mayReach, signal }) : undefined
      return await transport(message, { url, address, signal, onReady })
    } catch (error) {
      if (error instanceof NotYet) throw error
      const { responseCode, code, response } = error as SmtpError
      const { reason, sentence, reply, code: cause } = failureOf(error as SmtpError)
      const details = { note: { reason, reply, code: cause }, cause: error }
      if (!isReady) throw new PauseQueue(limits.smtpPause, sentence, details)
      // the sender, the recipient or the mail itself
      const isOwnFault = code === 'EENVELOPE' || code === 'EMESSAGE'
      if (isOwnFault && responseCode !== undefined && responseCode >= 500)
        throw new GiveUp(response ?? sentence, details)
      throw new TryAgain(response ?? sentence, details)
    }
  }

/**
 * Where the URL leads now. The connection is then made to this very address: a name that meanwhile leads elsewhere leads
 * nowhere. Throws `NotYet` where that may not be reached, so that mail leaves once it may, or the channel has another server.
 */
export const addressOf = async (
  url: string,
  { mayReach, signal }: { mayReach: Reach; signal: AbortSignal },
): Promise<string> => {
  const host = hostOf(url)
  const tooLate = once(signal, 'abort').then(() =>
    Promise.reject(Object.assign(new Error(`Looking up ${host} took too long.`), { code: 'ETIMEDOUT' })),
  )
  const found = await Promise.race([addressesOf(host).catch(asNone), tooLate])
  const address = found.map((each) => each.address).find(mayReach)
  if (address !== undefined) return address
  const where = `the smtpUrl of a channel names ${host}, which leads to ${found[0]?.address ?? 'no address'}`
  throw new NotYet(
    failure('unknown_host').sentence,
    `Mail waits: ${where}, and CHANNEL_SMTP_NETWORKS does not allow it (docs/email.md).`,
  )
}

/** A host that does not exist is no other case than one that may not be reached: who has a key learns no names of ours. */
const asNone = (error: NodeJS.ErrnoException): [] => {
  if (error.code !== 'ENOTFOUND' && error.code !== 'ENODATA') throw error
  return []
}

/** A look-up holds one of four threads, which syncs of the disk need, too; a stranger's name server may let it wait. */
let freeLookups = 2
const waiting: (() => void)[] = []

const addressesOf = async (host: string) => {
  if (freeLookups === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  else freeLookups -= 1
  try {
    return await lookup(host, { all: true })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else freeLookups += 1
  }
}
