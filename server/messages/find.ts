import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { findListed } from './queries.ts'

/** A message of another conversation is none of this one's. */
export const messageIn = async (
  db: Db,
  workspaceId: string,
  { conversationId, messageId }: { conversationId: string; messageId: string },
) => {
  const message = await findListed(db, workspaceId, messageId)
  return message?.conversationId === conversationId ? message : fail('message_not_found')
}
