import { isParticipant } from '../conversations/participants.ts'
import { findConversation } from '../conversations/queries.ts'
import type { Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import type { ParsedMail } from '../mime/parse.ts'
import type { Author } from './author.ts'
import { joinConversations } from './join.ts'
import { messageIdIn } from './message-id.ts'
import { findJoined, findSent, wasSentTo, type Reference } from './queries.ts'

interface Sent {
  workspaceId: string
  /** The conversation that it was sent to by its reply address. */
  repliesTo?: string | undefined
}

interface Read {
  mail: ParsedMail
  author: Author
}

/** The message of ours that has come back as a mail, from a list perhaps. Whoever else gives a mail its Message-ID has written another one. */
export const findCopied = async (tx: Tx, workspaceId: string, { mail: { messageId: mailId }, author }: Read) => {
  const id = author.isFromUs && mailId !== null ? messageIdIn(mailId) : undefined
  const sent = id === undefined ? undefined : await findSent(tx, workspaceId, id)
  return sent?.mailId === mailId ? { messageId: sent.id, conversationId: sent.conversationId } : undefined
}

/** More are in no References of a mail program. */
const answeredMost = 10

/**
 * The conversation whose reply address it was sent to, or whose mail it refers to, if the contact wrote it, whoever takes
 * part in it, or whoever has the address that our mail went to.
 */
export const findAnswered = async (
  tx: Tx,
  { workspaceId, repliesTo }: Sent,
  { mail, author: { contact } }: Read,
): Promise<string | undefined> => {
  if (!contact || !isEmail(contact.address)) return undefined
  const key = emailKey(contact.address)
  const isIts = async (conversationId: string) => {
    const conversation = await findConversation(tx, workspaceId, conversationId)
    if (!conversation) return false
    return (
      emailKey(conversation.contact.email) === key ||
      (await isParticipant(tx, workspaceId, { conversationId, key })) ||
      (await wasSentTo(tx, workspaceId, { conversationId, key }))
    )
  }
  if (repliesTo !== undefined && (await isIts(repliesTo))) return repliesTo
  for (const mailId of mail.references.filter((id) => messageIdIn(id) !== undefined).slice(0, answeredMost)) {
    const sent = await findSent(tx, workspaceId, messageIdIn(mailId)!)
    if (sent?.mailId === mailId && (await isIts(sent.conversationId))) return sent.conversationId
  }
  return findJoined(tx, workspaceId, { key, references: mail.references.slice(0, answeredMost) })
}

interface Thread {
  mail: ParsedMail
  contactId: string
  seen: Reference[]
  answer: string | undefined
}

/**
 * The conversation that it is an answer in, else the latest of those that share an identifier with it; always among the
 * contact's own. Where mails that came before it refer to it, they belong together.
 */
export const threadOf = async (tx: Tx, workspaceId: string, { mail, contactId, seen, answer }: Thread) => {
  const ids = new Set(seen.map(({ conversationId }) => conversationId))
  const isAwaited = seen.some(({ reference }) => reference === mail.messageId)
  if (answer !== undefined) ids.add(answer)
  if (isAwaited && ids.size > 1) return joinConversations(tx, workspaceId, { contactId, ids: [...ids], answer })
  return answer ?? [...ids].sort().at(-1)
}
