import { findContact, holdContact, type StoredContact } from '../contacts/queries.ts'
import { recountContact } from '../contacts/recount.ts'
import { recountConversation } from '../conversations/recount.ts'
import type { Db, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { deleteAnswersOf } from '../http/answers.ts'
import { forgetEventsOf, record } from '../events/queries.ts'
import { searchOf } from '../search/engine.ts'
import { longTermsOf } from '../search/long-terms.ts'
import { contactTerms, listOf, termsOf } from '../search/terms.ts'
import { deleteContact, deleteConversation, deleteMessage, someConversations, someMessages } from './queries.ts'

const rowsAStep = 20
/** Taking a word out of the search index costs 50 µs and more; a step ends at the message that reaches this many. */
const termsAStep = 100

/**
 * A contact and everything of theirs: conversations, messages, raw mail, files and search terms, from the bytes of the
 * database, too. In steps that leave counts right, so that a stop half-way leaves a smaller contact.
 */
export const eraseContact = async (db: Db, workspaceId: string, contactId: string): Promise<void> => {
  if (!(await findContact(db, workspaceId, contactId))) fail('contact_not_found')
  for (let isDone = false; !isDone;) {
    const terms = await termsOfNext(db, workspaceId, contactId)
    isDone = await db.transaction((tx) => eraseSome(tx, workspaceId, { contactId, terms }))
  }
  await db.forget()
}

/** What the contact's newest messages are found by, by their ids, as many as one step erases. */
type TermsById = ReadonlyMap<string, string>

const termsOfNext = async (db: Db, workspaceId: string, contactId: string): Promise<TermsById> => {
  const termsById = new Map<string, string>()
  let count = 0
  for (const { id, contentText } of await someMessages(db, workspaceId, { contactId, limit: rowsAStep })) {
    const terms = await longTermsOf(contentText)
    termsById.set(id, terms)
    count += listOf(terms).length
    if (count >= termsAStep) break
  }
  return termsById
}

interface Step {
  contactId: string
  terms: TermsById
}

/** Resolves to true when nothing is left. */
const eraseSome = async (tx: Tx, workspaceId: string, { contactId, terms }: Step): Promise<boolean> => {
  const contact = await holdContact(tx, workspaceId, contactId)
  if (!contact) return true
  if (await eraseMessages(tx, workspaceId, { contactId, terms })) return false
  if (await eraseConversations(tx, workspaceId, contact)) return false
  await searchOf(tx).remove(tx, { workspaceId, table: 'contacts', seq: contact.seq, terms: contactTerms(contact) })
  await deleteAnswersOf(tx, workspaceId, contactId)
  await deleteContact(tx, workspaceId, contactId)
  await forgetEventsOf(tx, workspaceId, contactId)
  record(tx, workspaceId, { kind: 'CONTACT_ERASED' })
  return true
}

const eraseMessages = async (tx: Tx, workspaceId: string, { contactId, terms: termsById }: Step): Promise<boolean> => {
  const messages = await someMessages(tx, workspaceId, { contactId, limit: rowsAStep })
  const touched = new Set<string>()
  for (const { id, seq, conversationId } of messages) {
    const terms = termsById.get(id)
    // of the next step, or one that has just come
    if (terms === undefined) continue
    await searchOf(tx).remove(tx, { workspaceId, table: 'messages', seq, terms })
    await deleteMessage(tx, workspaceId, id)
    touched.add(conversationId)
  }
  for (const id of touched) await recountConversation(tx, workspaceId, id)
  if (messages.length > 0) await recountContact(tx, workspaceId, contactId)
  return messages.length > 0
}

const eraseConversations = async (tx: Tx, workspaceId: string, { id: contactId }: StoredContact): Promise<boolean> => {
  const conversations = await someConversations(tx, workspaceId, { contactId, limit: rowsAStep })
  for (const { id, seq, subject } of conversations) {
    await searchOf(tx).remove(tx, { workspaceId, table: 'conversations', seq, terms: termsOf(subject) })
    await deleteConversation(tx, workspaceId, id)
  }
  if (conversations.length > 0) await recountContact(tx, workspaceId, contactId)
  return conversations.length > 0
}
