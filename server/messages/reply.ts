import { channelKindOf } from '../channels/queries.ts'
import { replyToOf, seqOfMessage } from '../conversations/queries.ts'
import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { enqueue } from '../jobs/queries.ts'
import { append, type Draft, type Place } from './append.ts'
import { digestNow, type Digest } from './digest.ts'
import { sendMail, type NewAttachment } from './queries.ts'

interface Written {
  agentId: string | null
  contentText: string
  digest: Digest
  contentHtml?: string | null
  id?: string
  attachments?: NewAttachment[]
}

/**
 * An answer to the customer. In a chat it is delivered by being there, the widget fetches it; everywhere else it is
 * PENDING until it has left as a mail. Where it goes is decided now: a mail that comes later does not redirect it.
 */
export const reply = async (tx: Tx, place: Place, written: Written) => {
  const isChat = (await channelKindOf(tx, place.workspaceId, place.conversationId)) === 'CHAT'
  const status = isChat ? 'SENT' : 'PENDING'
  const replyTo = isChat ? null : await replyToOf(tx, place.workspaceId, place.conversationId)
  const row = await append(tx, place, { ...written, replyTo, direction: 'OUTBOUND', senderType: 'AGENT', status })
  record(tx, place.workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId: row.id })
  if (!isChat) await enqueue(tx, place.workspaceId, { kind: sendMail, subjectId: row.id })
  return row
}

/** Refuses what was written without knowing what others have written after the message `after`: two would answer at once. */
export const assertNewest = async (
  tx: Tx,
  { workspaceId, conversationId }: Place,
  { agentId, after }: { agentId: string | null; after: string },
): Promise<void> => {
  const seq = await seqOfMessage(tx, workspaceId, { id: conversationId, messageId: after })
  if (seq === undefined) fail('message_not_found')
  const other = await tx.one(
    sql`select seq from messages
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and seq > ${seq!}
          and (agent_id is null or agent_id <> ${agentId ?? ''}) limit 1`,
  )
  if (other) fail('others_wrote')
}

/** Something that agents tell each other: changes no preview, is never unread, leaves by no channel. */
export const note = (tx: Tx, place: Place, written: Written) => internal(tx, place, { ...written, senderType: 'AGENT' })

type More = Partial<Pick<Draft, 'id' | 'isAutomatic' | 'attachments' | 'mail'>>

/** Something short that agents have to know and nobody of them wrote. */
export const systemNote = (tx: Tx, place: Place, contentText: string, more: More = {}) =>
  internal(tx, place, { ...more, contentText, digest: digestNow(contentText), senderType: 'SYSTEM' })

const internal = async (
  tx: Tx,
  place: Place,
  written: Pick<Draft, 'contentText' | 'digest' | 'senderType'> & Partial<Written> & More,
) => {
  const row = await append(tx, place, { ...written, direction: 'SYSTEM', status: 'SENT', isNote: true })
  record(tx, place.workspaceId, { kind: 'MESSAGE_CREATED', ...place, messageId: row.id })
  return row
}
