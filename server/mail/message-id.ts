import { domainToASCII } from 'node:url'

/** The Message-ID of a mail that carries this message, without angle brackets. It can only be guessed with the message's id. */
export const mailIdOf = (messageId: string, from: string): string =>
  `${messageId}@${domainToASCII(from.slice(from.lastIndexOf('@') + 1))}`

/** The message that such a Message-ID names. */
export const messageIdIn = (mailId: string): string | undefined => /^(msg_[0-9A-Za-z]{24})@/.exec(mailId)?.[1]
