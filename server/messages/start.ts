import { findChannel, firstEmailChannel } from '../channels/queries.ts'
import { createContact } from '../contacts/create.ts'
import { openConversation } from '../conversations/open.ts'
import type { Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../keys/caller.ts'
import type { Digest } from './digest.ts'
import type { WithFiles } from './files.ts'
import { reply } from './reply.ts'
import type { NewConversation } from './schema.ts'

export type Start = NewConversation & Pick<WithFiles, 'id' | 'attachments'> & { digest: Digest }

/** The team writes first: the contact (found or made), a conversation, and its first message, PENDING. */
export const start = async (
  tx: Tx,
  { workspaceId, agentId }: Caller,
  { id: messageId, attachments, ...given }: Start,
) => {
  const { email, name, subject, contentText, digest } = given
  const channel = await channelFor(tx, workspaceId, given.channelId)
  const { contact } = await createContact(tx, workspaceId, { email, name, source: 'API' })
  const conversationId = await openConversation(tx, workspaceId, {
    contactId: contact.id,
    subject,
    status: 'OPEN',
    source: 'API',
    channelId: channel?.id ?? null,
  })
  const place = { workspaceId, conversationId, contactId: contact.id }
  const { id, preview, status } = await reply(tx, place, {
    agentId,
    contentText,
    digest,
    id: messageId,
    attachments,
  })
  return {
    conversation: { id: conversationId },
    contact: { id: contact.id },
    message: { id, contentPreview: preview, status },
  }
}

export const channelFor = async (tx: Tx, workspaceId: string, id: string | undefined) => {
  if (id === undefined) return firstEmailChannel(tx, workspaceId)
  const channel = (await findChannel(tx, workspaceId, id)) ?? fail('channel_not_found')
  if (channel.kind !== 'EMAIL') fail('invalid_request', { sentence: 'channelId must be a channel of the kind EMAIL.' })
  return channel
}
