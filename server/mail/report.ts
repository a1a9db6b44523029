import { holdConversation } from '../conversations/queries.ts'
import type { Tx } from '../db/db.ts'
import { record } from '../events/queries.ts'
import { append } from '../messages/append.ts'
import { findMessage, setDelivery, type MessageRow } from '../messages/queries.ts'
import type { DeliveryReport } from '../mime/automatic.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { messageIdIn } from './message-id.ts'
import { storeWithMessage } from '../messages/raw.ts'
import type { Arrival, Stored } from './store.ts'
import { insertStray } from './strays.ts'

type Reported = MessageRow & { contactId: string }

/** The message of ours that a mail server reports on; undefined where the report is about somebody else's mail. */
export const findReported = async (tx: Tx, workspaceId: string, mailIds: string[]): Promise<Reported | undefined> => {
  for (const mailId of mailIds) {
    const id = messageIdIn(mailId)
    const message = id === undefined ? undefined : await findMessage(tx, workspaceId, id)
    if (message?.direction === 'OUTBOUND' && message.mailId === mailId) return message
  }
  return undefined
}

interface Report {
  mail: ParsedMail
  report: DeliveryReport
  key: string
  failed: Reported
}

/** A report about a mail that is none of ours opens nothing: it is kept whole, for the operator. */
export const storeStray = async (
  tx: Tx,
  { workspaceId, messageId: id, channelId, raw, fallbackDate }: Arrival,
  { key, report: { reason } }: Pick<Report, 'key' | 'report'>,
): Promise<Stored> => {
  const createdAt = fallbackDate.toISOString()
  await insertStray(tx, { id, workspaceId, channelId: channelId ?? null, reason, size: raw.length, createdAt, key })
  await storeWithMessage(tx, { workspaceId, messageId: id, raw })
  return { outcome: 'stray', key, messageId: id, conversationId: null, isNewContact: false, isNewConversation: false }
}

/** Marks the message, and keeps the report beside it as something that no person wrote. It opens nothing. */
export const storeReport = async (tx: Tx, arrival: Arrival, { mail, report, key, failed }: Report): Promise<Stored> => {
  const { workspaceId, messageId, raw } = arrival
  const { conversationId } = failed
  const owner = await holdConversation(tx, workspaceId, conversationId)
  // erased in between
  if (!owner) return storeStray(tx, arrival, { report, key })
  const { contactId } = owner
  const place = { workspaceId, conversationId, contactId }
  if (report.isFinal) {
    await setDelivery(tx, workspaceId, { id: failed.id, status: 'FAILED', reason: report.reason })
    record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...place, messageId: failed.id })
  }
  await append(tx, place, {
    id: messageId,
    direction: 'SYSTEM',
    senderType: 'SYSTEM',
    status: 'SENT',
    isNote: true,
    isAutomatic: true,
    contentText: `${report.isFinal ? 'Could not be delivered' : 'Delivery report'}: ${report.reason}\n\n${mail.text}`,
    attachments: mail.attachments,
    mail: { id: mail.messageId, key, size: raw.length },
  })
  record(tx, workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId })
  await storeWithMessage(tx, { workspaceId, messageId, raw })
  return { outcome: 'stored', key, messageId, conversationId, isNewContact: false, isNewConversation: false }
}
