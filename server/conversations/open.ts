import { addThread } from '../contacts/queries.ts'
import type { Tx } from '../db/db.ts'
import { searchOf } from '../search/engine.ts'
import { termsOf } from '../search/terms.ts'
import { insertConversation, type NewConversation } from './queries.ts'

/** Opens a conversation with a contact; the first message follows in the same transaction. */
export const openConversation = async (tx: Tx, workspaceId: string, conversation: NewConversation) => {
  const { id, seq } = (await insertConversation(tx, workspaceId, conversation))!
  await addThread(tx, workspaceId, conversation.contactId)
  await searchOf(tx).add(tx, { workspaceId, table: 'conversations', seq, terms: termsOf(conversation.subject) })
  return id
}
