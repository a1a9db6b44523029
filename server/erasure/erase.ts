import { findContact, holdContact, type StoredContact } from '../contacts/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { eraseFromStrays } from '../mail/strays.ts'
import { contactTerms, conversationTerms } from '../search/terms.ts'
import { removeFromSearch } from '../search/write.ts'
import { insertErasure } from './erasures.ts'
import { eraseMessages, nextMessages } from './messages.ts'
import { eraseFromOthers } from './others.ts'
import {
  countConversationsLess,
  deleteContact,
  deleteConversation,
  deleteSomeOfContact,
  hasMessages,
  setName,
  setOthers,
  setPeople,
  setSubject,
  someConversations,
} from './queries.ts'
import { shorten, type Long } from './shorten.ts'
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
      !(await eraseFromOthers(tx, workspaceId, contact.emailKey)) &&
      (await eraseConversations(tx, workspaceId, contact)) &&
      !(await shortenName(tx, workspaceId, contact))
    return isOver ? { isOver, id: await eraseLast(tx, workspaceId, contact) } : { isOver }
  })
}

/** Resolves to whether all of them are gone. */
const eraseConversations = async (tx: Tx, workspaceId: string, { id: contactId }: StoredContact): Promise<boolean> => {
  const conversations = await someConversations(tx, workspaceId, { contactId, limit: conversationsAStep })
  for (const { id, seq, subject, people, others } of conversations) {
    // one that was begun since
    if (await hasMessages(tx, workspaceId, id)) return false
    const row = { workspaceId, table: 'conversations', seq } as const
    const parts: Long[] = [
      {
        row,
        text: subject,
        termsOf: (head, version) => conversationTerms({ subject: head, people, others }, version),
        store: (head) => setSubject(tx, workspaceId, { id, subject: head }),
      },
      {
        row,
        text: people,
        termsOf: (head, version) => conversationTerms({ subject, people: head, others }, version),
        store: (head) => setPeople(tx, workspaceId, { id, people: head }),
      },
      {
        row,
        text: others,
        termsOf: (head, version) => conversationTerms({ subject, people, others: head }, version),
        store: (head) => setOthers(tx, workspaceId, { id, others: head }),
      },
    ]
    for (const part of parts) if (await shorten(tx, part)) return false
    await removeFromSearch(tx, row, (version) => conversationTerms({ subject, people, others }, version))
    await deleteConversation(tx, workspaceId, id)
    await countConversationsLess(tx, workspaceId, contactId)
  }
  return conversations.length < conversationsAStep
}

const shortenName = (tx: Tx, workspaceId: string, contact: StoredContact): Promise<boolean> =>
  shorten(tx, {
    row: { workspaceId, table: 'contacts', seq: contact.seq },
    text: contact.name,
    termsOf: (name, version) => contactTerms({ ...contact, name }, version),
    store: (name) => setName(tx, workspaceId, { id: contact.id, name }),
  })

const eraseLast = async (tx: Tx, workspaceId: string, contact: StoredContact): Promise<string> => {
  const { id: contactId, seq } = contact
  await removeFromSearch(tx, { workspaceId, table: 'contacts', seq }, (version) => contactTerms(contact, version))
  await deleteContact(tx, workspaceId, contactId)
  record(tx, workspaceId, { kind: 'CONTACT_ERASED' })
  const id = newId('era')
  await insertErasure(tx, workspaceId, id)
  return id
}
