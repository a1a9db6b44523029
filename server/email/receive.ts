import { currentTime } from '../current-time.ts'
import { findChannelByEmail, type ChannelRow } from '../channels/queries.ts'
import { splitReplyAddress } from '../channels/reserved.ts'
import type { Db, Queries } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { limits } from '../limits.ts'
import { keepMail, type Stored } from '../mail/store.ts'
import { Unreadable, type MailParser, type Sender } from '../mime/parser.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { bouncedFrom } from './bounce-address.ts'
import { conversationOf, shortlyReplied } from './reply-address.ts'

/** Where a mail is to go. */
export interface Recipient {
  channel: ChannelRow
  /** Of the reply address that it was sent to. */
  token?: string
  /** The message whose bounce address it was sent to. */
  bounced?: string
}

/**
 * The EMAIL channel that has this address, to whose conversations it is a reply address, or to whose mails a bounce address. A
 * token that we made comes first: no channel's address takes the answers of others.
 */
export const recipientOf = async (db: Queries, address: string): Promise<Recipient | undefined> => {
  const bounced = await bouncedFrom(db, address)
  if (bounced) return { channel: bounced.channel, bounced: bounced.messageId }
  const short = await shortlyReplied(db, address)
  if (short) return short
  const reply = splitReplyAddress(address)
  const owner = reply?.email === undefined ? undefined : await channelOf(db, reply.email)
  if (owner && (await conversationOf(db, owner, reply!.token)) !== undefined)
    return { channel: owner, token: reply!.token }
  const channel = await channelOf(db, address)
  return channel && { channel }
}

const channelOf = async (db: Queries, address: string): Promise<ChannelRow | undefined> =>
  isEmail(address) ? findChannelByEmail(db, emailKey(address)) : undefined

/** Of its beginning. */
const authorBytes = 16_384

/** What stands in its From: proves nothing, but for fair queuing an author is told from another. */
export const authorOf = (raw: Buffer): string =>
  /^from:(.{0,254})/im
    .exec(raw.toString('latin1', 0, authorBytes))?.[1]
    ?.trim()
    .toLowerCase() ?? ''

/** Of a mail, or of the file at a path. */
export const parseMail = (
  parser: MailParser,
  raw: Uint8Array | string,
  sender: Sender,
): Promise<ParsedMail | { unreadable: string }> =>
  parser.parse(raw, sender).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    return { unreadable: error.message }
  })

interface Delivery {
  channel: ChannelRow
  /** Of the reply addresses that it was sent to, as far as they are known. */
  tokens: string[]
  /** The message whose bounce address it was sent to, as far as that is known. */
  bounced?: string | undefined
  /** Whether its envelope has no sender. */
  hasNullSender?: boolean
  /** Servers whose findings about a sender are believed. */
  authservIds: readonly string[]
  raw: Uint8Array
  mail: ParsedMail | { unreadable: string }
}

/** Keeps a mail that has just arrived for a channel: resolves when it is on disk. The same mail again is kept once. */
export const receiveMail = async (
  db: Db,
  { channel, tokens, bounced, hasNullSender, authservIds, raw, mail }: Delivery,
): Promise<Stored> =>
  keepMail(db, {
    workspaceId: channel.workspaceId,
    messageId: newId('msg'),
    raw,
    mail,
    own: new Set(),
    source: 'EMAIL',
    isNews: true,
    status: 'OPEN',
    fallbackDate: new Date(currentTime()),
    channelId: channel.id,
    repliesTo: await repliedTo(db, channel, [...tokens, ...tokensIn(mail)]),
    bounced: bounced ?? (await bouncedIn(db, channel, mail)),
    hasNullSender: hasNullSender ?? ('hasNullSender' in mail && mail.hasNullSender),
    authservIds,
  })

/** A report that names more recipients than this is none of one mail. */
const bounceAddressesMost = 10

/** By its headers: not every mail system hands on the address that a report was sent to, and none that we did not make is taken. */
const bouncedIn = async (db: Db, { workspaceId }: ChannelRow, mail: Delivery['mail']): Promise<string | undefined> => {
  if ('unreadable' in mail || !mail.report) return undefined
  for (const { address } of recipientsIn(mail).slice(0, bounceAddressesMost)) {
    const found = await bouncedFrom(db, address)
    if (found?.channel.workspaceId === workspaceId) return found.messageId
  }
  return undefined
}

const recipientsIn = ({ to, cc }: ParsedMail) => [...to, ...cc].slice(0, limits.mailRecipients)

/** Also in the headers: not every mail system hands on the address that a mail was sent to. */
const tokensIn = (mail: Delivery['mail']): string[] =>
  'unreadable' in mail ? [] : recipientsIn(mail).flatMap(({ address }) => splitReplyAddress(address)?.token ?? [])

const repliedTo = async (db: Db, channel: ChannelRow, tokens: string[]): Promise<string | undefined> => {
  for (const token of new Set(tokens)) {
    const conversation = await conversationOf(db, channel, token)
    if (conversation !== undefined) return conversation
  }
  return undefined
}
