import type { SendingChannel } from '../channels/change.ts'
import type { ChannelRow } from '../channels/queries.ts'
import type { Config } from '../config.ts'
import { createSendingTest } from '../email/test-sending.ts'
import { reachOf } from '../http/reach.ts'
import { failed, type Finding, messageOf, ok, warn } from './finding.ts'
import { converse } from './smtp-dialogue.ts'

/** Connects to each server that mail leaves through, and signs in; nothing is sent. */
export const checkSending = async (channels: readonly ChannelRow[], config: Config): Promise<Finding[]> => {
  const check = 'SMTP out'
  if (channels.length === 0 && config.smtpUrl === '') return [ok(check, 'There is no EMAIL channel, and no SMTP_URL.')]
  const test = createSendingTest(reachOf(config.smtpNetworks), config.smtpUrl)
  const servers = new Map<string | null, SendingChannel & Pick<ChannelRow, 'email'>>(
    channels.map((channel) => [channel.smtpUrl, channel]),
  )
  if (servers.size === 0) servers.set(null, { smtpUrl: null, smtpByOperator: 0, email: null })
  return Promise.all(
    [...servers.values()].map(async (channel) => {
      const { ok: isRight, sentence } = await test(channel)
      const what = channel.smtpUrl === null ? 'SMTP_URL' : `smtpUrl of ${channel.email}`
      return isRight ? ok(check, `${what}: ${sentence}`) : failed(check, `${what}: ${sentence}`, 'See docs/email.md.')
    }),
  )
}

/** Asks the own port whether it takes mail for each channel; nothing is sent. */
export const checkArriving = async (channels: readonly ChannelRow[], config: Config): Promise<Finding[]> => {
  const check = 'SMTP in'
  const { smtpPort: port, host: listening } = config
  if (port === undefined)
    return [
      channels.length === 0
        ? ok(check, 'There is no EMAIL channel, and no SMTP_PORT.')
        : warn(
            check,
            'SMTP_PORT is not set: mail arrives over HTTP only.',
            'Set SMTP_PORT, or hand mail over as docs/email.md says.',
          ),
    ]
  if (port === 0)
    return [warn(check, 'SMTP_PORT is 0: the port is another one at each start.', 'Set it to a fixed one.')]
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[listening] ?? listening
  const recipients = channels.map(({ email }) => `RCPT TO:<${email}>`)
  try {
    const said = await converse({ host, port }, ['EHLO doctor.invalid', 'MAIL FROM:<>', ...recipients, 'RSET', 'QUIT'])
    const replyTo = (command: string) => said.find((one) => one.command.startsWith(command))?.reply ?? ''
    const hasTls = replyTo('EHLO').includes('STARTTLS')
    const refused = said.filter(({ command, reply }) => command.startsWith('RCPT') && !reply.startsWith('250'))
    return [
      ok(check, `Port ${port} answers${hasTls ? ', with STARTTLS' : ''}.`),
      ...(hasTls
        ? []
        : [
            warn(check, 'It offers no STARTTLS.', 'Set TLS_CERT and TLS_KEY, or put a mail server in front that does.'),
          ]),
      ...refused.map(({ command, reply }) => failed(check, `${command}: ${reply}`, 'See the log of the server.')),
    ]
  } catch (error) {
    return [failed(check, `Port ${port}: ${messageOf(error)}`, 'Start the server, and let nothing else take the port.')]
  }
}
