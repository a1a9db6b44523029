import { findContact, holdContact, type StoredContact } from '../contacts/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { eraseFromStrays } from '../mail/strays.ts'
import { searchOf } from '../search/engine.ts'
import { contactTerms, termsOf } from '../search/terms.ts'
import { insertErasure } from './erasures.ts'
import { eraseMessages, nextMessages } from './messages.ts'
import {
  countConversationsLess,
  deleteContact,
  deleteConversation,
  deleteSomeOfContact,
  hasMessages,
  setName,
  setSubject,
  someConversations,
} from './queries.ts'
import { shorten } from './shorten.ts'
import type { Steps } from './steps.ts'

const conversationsAStep = 4

interface Parts {
  db: Db
  steps: Steps
}

/**
 * Deletes a contact and everything of theirs: conversations, messages, raw mail, files, search terms, events and stored answers.
 * In small steps that leave counts right, so that a stop half-way leaves a smaller contact. Resolves to the id of the erasure,
 * or undefined when another request was faster.
 */
export const eraseContact = async (
  { db, steps }: Parts,
  workspaceId: string,
  contactId: string,
): Promise<string | undefined> => {
  if (!(await findContact(db, workspaceId, contactId))) fail('contact_not_found')
  for (;;) {
    const { isOver, id } = await steps.run(workspaceId, () => eraseSome(db, workspaceId, contactId))
    if (isOver) return id
  }
}

interface Step {
  isOver: boolean
  id?: string
}

const eraseSome = async (db: Db, workspaceId: string, contactId: string): Promise<Step> => {
  const { messages, hasMore } = await nextMessages(db, workspaceId, contactId)
  return db.transaction(async (tx) => {
    const contact = await holdContact(tx, workspaceId, contactId)
    if (!contact) return { isOver: true }
    const isOver =
      (await eraseMessages(tx, workspaceId, { contactId, messages })) &&
      !hasMore &&
      !(await deleteSomeOfContact(tx, workspaceId, contactId)) &&
      !(await eraseFromStrays(tx, workspaceId, contact.email)) &&
      (await eraseConversations(tx, workspaceId, contact)) &&
      !(await shortenName(tx, workspaceId, contact))
    return isOver ? { isOver, id: await eraseLast(tx, workspaceId, contact) } : { isOver }
  })
}

/** Resolves to whether all of them are gone. */
const eraseConversations = async (tx: Tx, workspaceId: string, { id: contactId }: StoredContact): Promise<boolean> => {
  const conversations = await someConversations(tx, workspaceId, { contactId, limit: conversationsAStep })
  for (const { id, seq, subject } of conversations) {
    // one that was begun since
    if (await hasMessages(tx, workspaceId, id)) return false
    const row = { workspaceId, table: 'conversations', seq } as const
    const store = (head: string) => setSubject(tx, workspaceId, { id, subject: head })
    if (await shorten(tx, { row, text: subject, termsOf, store })) return false
    await searchOf(tx).remove(tx, { ...row, terms: termsOf(subject) })
    await deleteConversation(tx, workspaceId, id)
    await countConversationsLess(tx, workspaceId, contactId)
  }
  return conversations.length < conversationsAStep
}

const shortenName = (tx: Tx, workspaceId: string, contact: StoredContact): Promise<boolean> =>
  shorten(tx, {
    row: { workspaceId, table: 'contacts', seq: contact.seq },
    text: contact.name,
    termsOf: (name) => contactTerms({ ...contact, name }),
    store: (name) => setName(tx, workspaceId, { id: contact.id, name }),
  })

const eraseLast = async (tx: Tx, workspaceId: string, contact: StoredContact): Promise<string> => {
  const { id: contactId, seq } = contact
  await searchOf(tx).remove(tx, { workspaceId, table: 'contacts', seq, terms: contactTerms(contact) })
  await deleteContact(tx, workspaceId, contactId)
  record(tx, workspaceId, { kind: 'CONTACT_ERASED' })
  const id = newId('era')
  await insertErasure(tx, workspaceId, id)
  return id
}
