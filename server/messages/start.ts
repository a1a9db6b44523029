import { createContact } from '../contacts/create.ts'
import { openConversation } from '../conversations/open.ts'
import type { Tx } from '../db/db.ts'
import type { Caller } from '../keys/caller.ts'
import { reply } from './reply.ts'

interface Start {
  email: string
  name?: string
  subject: string
  contentText: string
}

/** The team writes first: the contact (found or made), a conversation, and its first message, PENDING. */
export const start = async (tx: Tx, { workspaceId, agentId }: Caller, { email, name, subject, contentText }: Start) => {
  const { contact } = await createContact(tx, workspaceId, { email, name, source: 'API' })
  const conversationId = await openConversation(tx, workspaceId, {
    contactId: contact.id,
    subject,
    status: 'OPEN',
    source: 'API',
  })
  const place = { workspaceId, conversationId, contactId: contact.id }
  const { id, preview, status } = await reply(tx, place, { agentId, contentText })
  return {
    conversation: { id: conversationId },
    contact: { id: contact.id },
    message: { id, contentPreview: preview, status },
  }
}
