import { findContact, holdContact, type StoredContact } from '../contacts/queries.ts'
import { recountContact } from '../contacts/recount.ts'
import { recountConversation } from '../conversations/recount.ts'
import type { Db, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { deleteAnswersOf } from '../http/answers.ts'
import { forgetEventsOf, record } from '../events/queries.ts'
import { eraseFromStrays } from '../mail/strays.ts'
import { searchOf } from '../search/engine.ts'
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
  while (!(await db.transaction((tx) => eraseSome(tx, workspaceId, contactId)))) continue
  await db.forget()
}

/** Resolves to true when nothing is left. */
const eraseSome = async (tx: Tx, workspaceId: string, contactId: string): Promise<boolean> => {
  const contact = await holdContact(tx, workspaceId, contactId)
  if (!contact) return true
  if (await eraseMessages(tx, workspaceId, contact)) return false
  if (await eraseConversations(tx, workspaceId, contact)) return false
  if (await eraseFromStrays(tx, workspaceId, contact.email)) return false
  await searchOf(tx).remove(tx, { workspaceId, table: 'contacts', seq: contact.seq, terms: contactTerms(contact) })
  await deleteAnswersOf(tx, workspaceId, contactId)
  await deleteContact(tx, workspaceId, contactId)
  await forgetEventsOf(tx, workspaceId, contactId)
  record(tx, workspaceId, { kind: 'CONTACT_ERASED' })
  return true
}

const eraseMessages = async (tx: Tx, workspaceId: string, { id: contactId }: StoredContact): Promise<boolean> => {
  const messages = await someMessages(tx, workspaceId, { contactId, limit: rowsAStep })
  const touched = new Set<string>()
  let erased = 0
  for (const { id, seq, conversationId, contentText } of messages) {
    const terms = termsOf(contentText)
    await searchOf(tx).remove(tx, { workspaceId, table: 'messages', seq, terms })
    await deleteMessage(tx, workspaceId, id)
    touched.add(conversationId)
    erased += listOf(terms).length
    if (erased >= termsAStep) break
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
