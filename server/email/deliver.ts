import type { SendMailOptions } from 'nodemailer'
import { GiveUp, TryAgain } from '../jobs/work.ts'
import { transportOf } from './transport.ts'

/** How long a server that did not answer is left alone, milliseconds: whoever's it is, others' mail must not wait for it. */
const silence = 30_000

/** The function that it makes throws `GiveUp` where the server says that it will never take the mail. */
export const createSend = () => {
  const silentUntil = new Map<string, number>()
  return async (url: string, mail: SendMailOptions): Promise<void> => {
    if ((silentUntil.get(url) ?? 0) > performance.now())
      throw new TryAgain('The mail server did not answer a moment ago.')
    const transport = transportOf(url)
    try {
      await transport.sendMail(mail)
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

type SmtpError = Error & { responseCode?: number; code?: string; response?: string }
