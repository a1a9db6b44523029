import { addThread } from '../contacts/queries.ts'
import type { Tx } from '../db/db.ts'
import { record } from '../events/queries.ts'
import { conversationTerms } from '../search/terms.ts'
import { addToSearch } from '../search/write.ts'
import { insertConversation, type NewConversation } from './queries.ts'

/** Opens a conversation with a contact; the first message follows in the same transaction. */
export const openConversation = async (tx: Tx, workspaceId: string, conversation: NewConversation) => {
  const { contactId, source } = conversation
  const { id, seq, people } = (await insertConversation(tx, workspaceId, conversation))!
  await addThread(tx, workspaceId, contactId)
  const { subject } = conversation
  await addToSearch(tx, { workspaceId, table: 'conversations', seq }, (version) =>
    conversationTerms({ subject, people, others: '' }, version),
  )
  // an archive is no news
  if (source !== 'IMPORT') record(tx, workspaceId, { kind: 'CONVERSATION_CREATED', contactId, conversationId: id })
  return id
}
