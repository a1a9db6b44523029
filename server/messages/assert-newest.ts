import { seqOfMessage } from '../conversations/queries.ts'
import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { fail } from '../errors.ts'
import type { Place } from './append.ts'

interface Known {
  agentId: string | null
  /** The newest message that the author has seen. */
  after: string
}

/** Refuses what was written without knowing what others have written since: two would answer at once. */
export const assertNewest = async (
  tx: Tx,
  { workspaceId, conversationId }: Place,
  { agentId, after }: Known,
): Promise<void> => {
  const seq = await seqOfMessage(tx, workspaceId, { id: conversationId, messageId: after })
  if (seq === undefined) return fail('message_not_found')
  const other = await tx.one(
    sql`select seq from messages
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and seq > ${seq}
          and (agent_id is null or agent_id <> ${agentId ?? ''}) limit 1`,
  )
  if (other) fail('others_wrote')
}
