import { lookup } from 'node:dns/promises'
import type { SendMailOptions } from 'nodemailer'
import { hostOf } from '../channels/change.ts'
import type { ChannelRow } from '../channels/queries.ts'
import type { Reach } from '../http/reach.ts'
import { GiveUp, NotYet, TryAgain } from '../jobs/work.ts'
import { transportOf } from './transport.ts'

/** What a mail is sent through. */
export interface MailServer {
  /** Empty where there is none. */
  url: string
  /** Set over the API, so that it is followed to allowed addresses only. */
  isGuarded: boolean
}

/** The channel's own, else that of the installation. */
export const serverOf = (channel: ChannelRow | undefined, smtpUrl: string): MailServer => ({
  url: channel?.smtpUrl ?? smtpUrl,
  isGuarded: channel !== undefined && channel.smtpUrl !== null && !channel.smtpByOperator,
})

export type Send = (server: MailServer, mail: SendMailOptions) => Promise<void>

/** How long a server that did not answer is left alone, milliseconds: whoever's it is, others' mail must not wait for it. */
const silence = 30_000

/** The function that it makes throws `GiveUp` where the server says that it will never take the mail. */
export const createSend = (mayReach: Reach): Send => {
  const silentUntil = new Map<string, number>()
  return async ({ url, isGuarded }, mail) => {
    if ((silentUntil.get(url) ?? 0) > performance.now())
      throw new TryAgain('The mail server did not answer a moment ago.')
    const transport = transportOf(url, isGuarded ? await addressOf(url, mayReach) : undefined)
    try {
      // a mail holds what it says, not files of this machine or pages that it names
      await transport.sendMail({ ...mail, xMailer: false, disableFileAccess: true, disableUrlAccess: true })
      silentUntil.delete(url)
    } catch (error) {
      const { responseCode, code, response, message } = error as SmtpError
      if (responseCode === undefined) silentUntil.set(url, performance.now() + silence)
      const reason = response ?? message
      // the sender, the recipient or the mail itself; a wrong password or a blocked host is no fault of this mail's
      const isOwnFault = code === 'EENVELOPE' || code === 'EMESSAGE'
      if (isOwnFault && responseCode !== undefined && responseCode >= 500) throw new GiveUp(reason, { cause: error })
      throw new TryAgain(reason, { cause: error })
    } finally {
      transport.close()
    }
  }
}

/**
 * Where the URL leads now. The connection is then made to this very address: a name that meanwhile leads elsewhere leads
 * nowhere. Throws `NotYet` where that may not be reached, so that mail leaves once it may, or the channel has another server.
 */
export const addressOf = async (url: string, mayReach: Reach): Promise<string> => {
  const host = hostOf(url)
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw new TryAgain(error.message, { cause: error })
  })
  const address = found.map((each) => each.address).find(mayReach)
  if (address !== undefined) return address
  const where = `the smtpUrl of a channel names ${host}, which leads to ${found[0]?.address ?? 'no address'}`
  throw new NotYet(`Mail waits: ${where}, and CHANNEL_SMTP_NETWORKS does not allow it (docs/email.md).`)
}

type SmtpError = Error & { responseCode?: number; code?: string; response?: string }
