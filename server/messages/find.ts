import type { Db, Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
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

export const findByClientKey = (
  db: Queries,
  workspaceId: string,
  { contactId, clientKey }: { contactId: string; clientKey: string },
) =>
  db.one<{ id: string }>(
    sql`select id from messages where workspace_id = ${workspaceId} and contact_id = ${contactId}
          and client_key = ${clientKey}`,
  )
