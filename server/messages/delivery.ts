import { reopen } from '../conversations/queries.ts'
import { recountDelivery } from '../conversations/recount.ts'
import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { enqueue } from '../jobs/queries.ts'
import type { Place } from './append.ts'
import { sendMail } from './queries.ts'

/** A reply of the conversation; the caller holds the conversation. */
type Reply = Place & { messageId: string }

export const markSent = async (tx: Tx, { messageId, ...place }: Reply, sentAt: string): Promise<void> => {
  const { workspaceId } = place
  await tx.run(
    sql`update messages set status = 'SENT', sent_at = ${sentAt}
        where workspace_id = ${workspaceId} and id = ${messageId} and status <> 'FAILED'`,
  )
  record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...place, messageId })
}

/** It is known not to have arrived. Its conversation is open again: nobody overlooks it because it was closed when it was sent. */
export const markFailed = async (tx: Tx, { messageId, ...place }: Reply, reason: string): Promise<void> => {
  const { workspaceId, conversationId } = place
  await tx.run(
    sql`update messages set status = 'FAILED', failure_reason = ${reason}
        where workspace_id = ${workspaceId} and id = ${messageId}`,
  )
  await recountDelivery(tx, workspaceId, conversationId)
  await reopen(tx, workspaceId, conversationId)
  record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...place, messageId })
}

/** Sends a reply again that has failed, as often and for as long as a new one. */
export const retry = async (tx: Tx, { messageId, ...place }: Reply): Promise<void> => {
  const { workspaceId, conversationId } = place
  const changed = await tx.run(
    sql`update messages set status = 'PENDING', failure_reason = null
        where workspace_id = ${workspaceId} and id = ${messageId} and direction = 'OUTBOUND' and status = 'FAILED'`,
  )
  if (changed === 0) fail('message_not_failed')
  await recountDelivery(tx, workspaceId, conversationId)
  await enqueue(tx, workspaceId, { kind: sendMail, subjectId: messageId })
  record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', ...place, messageId })
}
