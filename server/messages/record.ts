import { currentTime } from '../current-time.ts'
import { createContact } from '../contacts/create.ts'
import { openConversation } from '../conversations/open.ts'
import type { Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { channelFor } from './start.ts'
import { findByClientKey } from './find.ts'
import { findMessage } from './queries.ts'
import { receive } from './receive.ts'
import type { Start } from './start.ts'

/** No visitor can give a message such an id. */
const keyOf = (externalId: string) => `external ${externalId}`

/**
 * A customer wrote elsewhere: their contact (found or made), a conversation, and the message. One with a date of its own is
 * an old one: it is read, its conversation is closed, and nobody is woken. The same externalId of the contact again is the
 * same message.
 */
export const recordConversation = async (
  tx: Tx,
  workspaceId: string,
  { email, name, subject, externalId, createdAt, ...given }: Start,
) => {
  const date = createdAt === undefined ? undefined : new Date(createdAt)
  if (date && date.getTime() > currentTime())
    fail('invalid_request', { sentence: 'createdAt must not be in the future.' })
  const channelId = given.channelId === undefined ? null : (await channelFor(tx, workspaceId, given.channelId))!.id
  const { contact } = await createContact(tx, workspaceId, { email, name, source: 'API' })
  const clientKey = externalId === undefined ? null : keyOf(externalId)
  const known = clientKey && (await findByClientKey(tx, workspaceId, { contactId: contact.id, clientKey }))
  if (known) return { started: await startedOf(tx, workspaceId, known.id), isNew: false }
  const conversationId = await openConversation(tx, workspaceId, {
    contactId: contact.id,
    subject,
    status: date ? 'CLOSED' : 'OPEN',
    source: 'API',
    channelId,
  })
  const { id, contentText, digest, attachments } = given
  const place = { workspaceId, conversationId, contactId: contact.id }
  const message = { id, contentText, digest, attachments, clientKey, ...(date ? { date } : {}) }
  await receive(tx, place, message, { isNews: date === undefined })
  return { started: await startedOf(tx, workspaceId, id), isNew: true }
}

const startedOf = async (tx: Tx, workspaceId: string, messageId: string) => {
  const { id, contentPreview, status, conversationId, contactId } = (await findMessage(tx, workspaceId, messageId))!
  return { conversation: { id: conversationId }, contact: { id: contactId }, message: { id, contentPreview, status } }
}
