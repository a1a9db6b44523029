import { splitReplyAddress } from '../channels/reserved.ts'
import type { Queries } from '../db/db.ts'
import { list, sql } from '../db/sql.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { isAuthenticated } from '../mime/authentication.ts'
import type { Mailbox } from '../mime/mailboxes.ts'
import type { ParsedMail } from '../mime/parse.ts'

/** Who a mail is from, as far as this workspace is concerned. */
export interface Author {
  /** The customer: who wrote it or, of one that went out, whom it went to. Null where nobody but us is named. */
  contact: Mailbox | null
  isOutbound: boolean
  /** Whether a channel of ours is named as its sender. */
  isFromUs: boolean
  /** Who of the team wrote it; null also where it is only the channel that is known. */
  agentId: string | null
  /** From one of our addresses, and nothing proves that. */
  claimsToBeOurs: boolean
  /** Whom the answer is to go to; null: whoever the contact is. */
  answersTo: Mailbox | null
}

const nobody: Author = {
  contact: null,
  isOutbound: false,
  isFromUs: false,
  agentId: null,
  claimsToBeOurs: false,
  answersTo: null,
}

export interface Asked {
  workspaceId: string
  /** Keys of further addresses of the team. */
  own: ReadonlySet<string>
  /** Whether it arrived just now; for an archived mail whoever imports it vouches. */
  isNews: boolean
  authservIds: readonly string[]
}

/** Of a mail from us; whom it goes to is among the first. */
const recipientsMost = 50

export const authorOf = async (db: Queries, asked: Asked, mail: ParsedMail): Promise<Author> => {
  const { from, replyTo, originalFrom } = mail
  const ours = await oursAmong(db, asked, [from, ...replyTo, originalFrom])
  const isFromUs = ours.has(from)
  const unknown = { ...nobody, isFromUs: isFromUs || ours.has(originalFrom) }
  const wanted = replyTo.find((mailbox) => isEmail(mailbox.address) && !ours.has(mailbox))
  const original = originalFrom && isEmail(originalFrom.address) && !ours.has(originalFrom) ? originalFrom : undefined
  if (isFromUs || ours.agentOf(from) !== undefined) {
    const recipients = [...mail.to, ...mail.cc].slice(0, recipientsMost)
    const others = await oursAmong(db, asked, recipients)
    const isOutside = (mailbox: Mailbox) =>
      isEmail(mailbox.address) && !others.has(mailbox) && others.agentOf(mailbox) === undefined
    const outsider = recipients.find(isOutside)
    const asks = wanted && ours.agentOf(wanted) === undefined ? wanted : undefined
    const isProven = !asked.isNews || isAuthenticated(mail, asked.authservIds)
    const isAnswer = asked.isNews
      ? isProven && asks === undefined && outsider !== undefined
      : outsider !== undefined || (isFromUs && asks === undefined)
    if (isAnswer)
      return { ...unknown, contact: outsider ?? null, isOutbound: true, agentId: ours.agentOf(from) ?? null }
    // a colleague who writes to nobody else asks for something
    const contact = asks ?? original ?? outsider ?? (isFromUs ? null : from)
    return { ...unknown, contact, claimsToBeOurs: !isProven }
  }
  const isHidden = keyOf(from) === '' || noReply.test(from!.address) || isRewritten(mail)
  const contact = original ? named(original, [from, ...replyTo]) : ((isHidden ? wanted : undefined) ?? from)
  return {
    ...unknown,
    contact,
    answersTo: wanted ?? contact,
  }
}

/** Programs that write in the name of somebody else, whom Reply-To names. */
const noReply =
  /^(?:(?:no|do-?not|dont|ne-?pas|non)[-_.]?(?:reply|respond|answer|repondre|rispondere)[^@]*|nobody|wordpress|www-data|apache)@/i

/** A list with strict senders puts itself into From. */
const isRewritten = ({ isFromList, from }: ParsedMail): boolean => isFromList && / via /i.test(from?.name ?? '')

/** Lists write the bare address. */
const named = (mailbox: Mailbox, others: (Mailbox | null)[]): Mailbox =>
  others.find((other) => other !== null && keyOf(other) === keyOf(mailbox)) ?? mailbox

const keyOf = (mailbox: Mailbox | null): string =>
  mailbox && isEmail(mailbox.address) ? emailKey(mailbox.address) : ''

interface Ours {
  /** Whether it is an address of a channel, of answers to it, or of reports. */
  has(mailbox: Mailbox | null): boolean
  agentOf(mailbox: Mailbox | null): string | undefined
}

const bounces = /^bounce\+[0-9a-v]{46}@/

export const oursAmong = async (
  db: Queries,
  { workspaceId, own }: Pick<Asked, 'workspaceId' | 'own'>,
  mailboxes: (Mailbox | null)[],
): Promise<Ours> => {
  const keys = [...new Set(mailboxes.map(keyOf).filter((key) => key !== ''))]
  const channelKeys = new Map(keys.map((key) => [key, splitReplyAddress(key)?.email ?? key]))
  const found =
    keys.length === 0 ? [] : await findOurs(db, workspaceId, [...new Set([...keys, ...channelKeys.values()])])
  const channels = new Set(found.flatMap(({ key, agentId }) => (agentId === null ? [key] : [])))
  const agents = new Map(found.flatMap(({ key, agentId }) => (agentId === null ? [] : [[key, agentId] as const])))
  const isOurs = (key: string) =>
    own.has(key) ||
    channels.has(channelKeys.get(key)!) ||
    bounces.test(key) ||
    splitReplyAddress(key)?.channelTick !== undefined
  return {
    has: (mailbox) => keyOf(mailbox) !== '' && isOurs(keyOf(mailbox)),
    agentOf: (mailbox) => agents.get(keyOf(mailbox)),
  }
}

const findOurs = (db: Queries, workspaceId: string, keys: string[]) =>
  db.many<{ key: string; agentId: string | null }>(
    sql`select email_key as key, null as "agentId" from channels
        where workspace_id = ${workspaceId} and email_key in (${list(keys)}) and deleted_at is null
        union all select email_key, id from agents where workspace_id = ${workspaceId} and email_key in (${list(keys)})`,
  )
