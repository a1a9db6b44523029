import { timestamp } from '../current-time.ts'
import { channelKindOf } from '../channels/queries.ts'
import { addParticipants, replyRecipients } from '../conversations/participants.ts'
import { findConversation } from '../conversations/queries.ts'
import type { Address, ParticipantRole, Recipients } from '../conversations/schema.ts'
import type { Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { enqueue } from '../jobs/queries.ts'
import { limits } from '../limits.ts'
import { append, type Draft, type Place } from './append.ts'
import { digestNow, type Digest } from './digest.ts'
import { sendMail, type NewAttachment } from './queries.ts'

interface Written {
  agentId: string | null
  contentText: string
  digest: Digest
  contentHtml?: string | null
  id?: string
  attachments?: NewAttachment[]
}

/** Addresses; what is not given is as the conversation's recipients say. */
export interface Wanted {
  to?: string[] | undefined
  cc?: string[] | undefined
  bcc?: string[] | undefined
}

/**
 * An answer to the customer. In a chat it is delivered by being there, the widget fetches it; everywhere else it is
 * PENDING until it has left as a mail. Where it goes is decided now: a mail that comes later does not redirect it.
 */
export const reply = async (tx: Tx, place: Place, { to, cc, bcc, ...written }: Written & Wanted) => {
  const isChat = (await channelKindOf(tx, place.workspaceId, place.conversationId)) === 'CHAT'
  if (isChat && (to ?? cc ?? bcc))
    fail('invalid_request', { sentence: 'to, cc and bcc are for mail: a reply in a chat goes to its visitor.' })
  const draft = { ...written, direction: 'OUTBOUND', senderType: 'AGENT' } as const
  const row = isChat
    ? await append(tx, place, { ...draft, status: 'SENT' })
    : await append(tx, place, { ...draft, ...(await mailTo(tx, place, { to, cc, bcc })), status: 'PENDING' })
  record(tx, place.workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId: row.id })
  if (!isChat) await enqueue(tx, place.workspaceId, { kind: sendMail, subjectId: row.id })
  return row
}

/** Whom it goes to. Who was not among the participants is from now on. */
const mailTo = async (tx: Tx, place: Place, given: Wanted) => {
  const { workspaceId, conversationId } = place
  const usual = await replyRecipients(tx, workspaceId, conversationId)
  const { to, cc, bcc } = withoutRepeats(usual, given)
  const count = to.length + cc.length + bcc.length
  if (count > limits.replyRecipients)
    fail('invalid_request', {
      sentence: `to, cc and bcc must have at most ${limits.replyRecipients} addresses together, not ${count}.`,
    })
  if (given.to?.length === 0)
    fail('invalid_request', { sentence: 'to must have an address: it is left out, or names somebody.' })
  const contact = (await findConversation(tx, workspaceId, conversationId))!.contact
  const isContact = ({ email }: Address) => emailKey(email) === emailKey(contact.email)
  const people = (['to', 'cc', 'bcc'] as const).flatMap((field) => {
    const role = field.toUpperCase() as ParticipantRole
    return { to, cc, bcc }[field].filter((one) => !isContact(one)).map((address) => ({ address, role }))
  })
  const since = timestamp()
  await addParticipants(tx, workspaceId, { conversationId, people, since, isWanted: true })
  const first = to[0]
  const replyTo = first === undefined || isContact(first) ? null : first.email
  return { replyTo, addresses: { from: null, replyTo: [], to, cc, bcc } }
}

/** Each address once, in the first of the fields that has it; with the name that is known. */
const withoutRepeats = (usual: Recipients, given: Wanted) => {
  const names = new Map([...usual.to, ...usual.cc].map(({ name, email }) => [emailKey(email), name]))
  const seen = new Set<string>()
  const once = (addresses: Address[]) =>
    addresses.filter(({ email }) => {
      const key = emailKey(email)
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
  const named = (emails: string[] | undefined): Address[] | undefined =>
    emails?.map((email) => ({ name: names.get(emailKey(email)) ?? '', email: email.trim() }))
  const to = once(named(given.to) ?? usual.to)
  const cc = once(named(given.cc) ?? usual.cc)
  return { to, cc, bcc: once(named(given.bcc) ?? []) }
}

/** Something that agents tell each other: changes no preview, is never unread, leaves by no channel. */
export const note = (tx: Tx, place: Place, written: Written) => internal(tx, place, { ...written, senderType: 'AGENT' })

type More = Partial<Pick<Draft, 'id' | 'isAutomatic' | 'attachments' | 'mail'>>

/** Something short that agents have to know and nobody of them wrote. */
export const systemNote = (tx: Tx, place: Place, contentText: string, more: More = {}) =>
  internal(tx, place, { ...more, contentText, digest: digestNow(contentText), senderType: 'SYSTEM' })

const internal = async (
  tx: Tx,
  place: Place,
  written: Pick<Draft, 'contentText' | 'digest' | 'senderType'> & Partial<Written> & More,
) => {
  const row = await append(tx, place, { ...written, direction: 'SYSTEM', status: 'SENT', isNote: true })
  record(tx, place.workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId: row.id })
  return row
}
