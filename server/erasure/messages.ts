import type { Db, Tx } from '../db/db.ts'
import { recountDelivery } from '../conversations/recount.ts'
import { longTermsOf } from '../search/long-terms.ts'
import { listOf, newestVersion, termsOf } from '../search/terms.ts'
import { removeFromSearch } from '../search/write.ts'
import {
  countUnreadLess,
  deleteMessage,
  deleteSomeOfMessage,
  forgetLastMessage,
  shortenMessage,
  someMessages,
  type SomeMessage,
} from './queries.ts'
import { shorten, termsAStep } from './shorten.ts'

const rowsAStep = 10

/** So much raw mail is deleted at once, bytes. */
const mailAStep = 512 * 1024

/** A message and what search has of it, worked out before the write lock is taken. */
interface Indexed extends SomeMessage {
  terms: string[]
}

/** The oldest ones that fit into a step: what lists tell of the newest one is true until the end. */
export const nextMessages = async (db: Db, workspaceId: string, contactId: string): Promise<Next> => {
  const next: Indexed[] = []
  let [terms, bytes] = [0, 0]
  const found = await someMessages(db, workspaceId, { contactId, limit: rowsAStep })
  for (const message of found) {
    const indexed = { ...message, terms: listOf(await longTermsOf(message.contentText)) }
    terms += indexed.terms.length
    bytes += message.mailSize ?? 0
    if (next.length > 0 && (terms > termsAStep || bytes > mailAStep)) break
    next.push(indexed)
  }
  return { messages: next, hasMore: next.length < found.length || found.length === rowsAStep }
}

interface Some {
  contactId: string
  messages: Indexed[]
}

interface Next {
  messages: Indexed[]
  hasMore: boolean
}

/** Resolves to whether all of them are gone. */
export const eraseMessages = async (tx: Tx, workspaceId: string, { contactId, messages }: Some): Promise<boolean> => {
  for (const message of messages) {
    const { seq, contentText: text, terms } = message
    const row = { workspaceId, table: 'messages', seq } as const
    const store = (head: string) => shortenMessage(tx, workspaceId, { contactId, message, text: head })
    if (terms.length > termsAStep && (await shorten(tx, { row, text, termsOf, store }))) return false
    if (await deleteSomeOfMessage(tx, workspaceId, message)) return false
    if (!(await deleteMessage(tx, workspaceId, { contactId, message }))) return false
    await removeFromSearch(tx, row, (version) => (version === newestVersion ? terms.join(' ') : termsOf(text, version)))
    if (message.isUnread) await countUnreadLess(tx, workspaceId, message.conversationId)
    await recountDelivery(tx, workspaceId, message.conversationId)
    await forgetLastMessage(tx, workspaceId, { contactId, message })
  }
  return true
}
