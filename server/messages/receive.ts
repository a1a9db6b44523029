import { wakeContact } from '../contacts/queries.ts'
import { reopen } from '../conversations/queries.ts'
import type { Tx } from '../db/db.ts'
import { record } from '../events/queries.ts'
import { append, type Draft, type Place } from './append.ts'

type Received = Pick<
  Draft,
  | 'id'
  | 'contentText'
  | 'contentHtml'
  | 'attachments'
  | 'mail'
  | 'date'
  | 'isAutomatic'
  | 'digest'
  | 'clientKey'
  | 'from'
  | 'replyTo'
  | 'claimsToBeOurs'
  | 'addresses'
>

interface Arrival {
  isNews: boolean
  isUnread?: boolean
}

/**
 * A customer wrote, by any channel: unread, the conversation open again, the contact active again. What a program wrote in
 * the customer's name (an absence notice) is unread, but opens nothing that was closed.
 * An archived mail that is only being imported (`isNews: false`) does none of that.
 */
export const receive = async (tx: Tx, place: Place, message: Received, { isNews, isUnread = isNews }: Arrival) => {
  const row = await append(tx, place, {
    ...message,
    direction: 'INBOUND',
    senderType: 'CUSTOMER',
    status: 'SENT',
    isUnread,
  })
  if (isNews) {
    record(tx, place.workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId: row.id })
    if (message.isAutomatic) return row
    await reopen(tx, place.workspaceId, place.conversationId)
    await wakeContact(tx, place.workspaceId, place.contactId)
  }
  return row
}
