import type { TestsSending } from '../channels/change.ts'
import type { Reach } from '../http/reach.ts'
import { NotYet } from '../jobs/work.ts'
import { limits } from '../limits.ts'
import { addressOf, serverOf } from './deliver.ts'
import { failure, failureOf, type SmtpError } from './failure.ts'
import { signIn } from './transport.ts'

/** Connects as a mail would, signs in where it would, and sends nothing. */
export const createSendingTest =
  (mayReach: Reach, smtpUrl: string): TestsSending =>
  async (channel) => {
    const { url, isGuarded } = serverOf(channel, smtpUrl)
    if (url === '') return failed(failure('no_server'))
    const signal = AbortSignal.timeout(limits.channelTestTimeout)
    try {
      const address = isGuarded ? await addressOf(url, { mayReach, signal }) : undefined
      const isSignedIn = await signIn({ url, address, signal })
      const sentence = isSignedIn ? 'The mail server took the user and the password.' : 'The mail server answers.'
      return { ok: true, reason: null, sentence }
    } catch (error) {
      return failed(error instanceof NotYet ? failure('unknown_host') : failureOf(error as SmtpError))
    }
  }

const failed = ({ reason, sentence }: ReturnType<typeof failure>) => ({ ok: false, reason, sentence })
