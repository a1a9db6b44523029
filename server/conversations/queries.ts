import { nest, type Queries, type Tx } from '../db/db.ts'
import { firstIdOf, newId } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import { holdContact } from '../contacts/queries.ts'
import type { Source } from '../contacts/schema.ts'
import type { Conversation, ConversationStatus } from './schema.ts'

export type ConversationRow = Conversation & { seq: number; activityAt: string; unreadCount: number }

const select = sql`
  select v.id, v.status, v.source, v.subject, v.unread_count > 0 as "isUnread", v.last_message_at as "lastMessageAt",
    v.last_message_preview as "lastMessagePreview", v.assigned_to_id as "assignedToId", v.channel_id as "channelId",
    c.id as "contact.id", c.email as "contact.email", c.name as "contact.name", c.avatar_url as "contact.avatarUrl",
    v.seq, v.activity_at as "activityAt", v.unread_count as "unreadCount"
  from conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id`

export const findConversation = async (db: Queries, workspaceId: string, id: string) => {
  const row = await db.one(sql`${select} where v.workspace_id = ${workspaceId} and v.id = ${id}`)
  return row && nest<ConversationRow>(row)
}

/** Those whose id was made in this tick: one, nearly always. */
export const findConversationsOfTick = (db: Queries, workspaceId: string, tick: number) =>
  db.many<{ id: string; contactId: string }>(
    sql`select id, contact_id as "contactId" from conversations where workspace_id = ${workspaceId}
          and id >= ${firstIdOf('thd', tick)} and id < ${firstIdOf('thd', tick + 1)}`,
  )

/**
 * Whose it is, and stays to the end of the transaction: contacts that are one person are merged. Holds contact and
 * conversation; undefined where there is none.
 */
export const holdConversation = async (tx: Tx, workspaceId: string, id: string): Promise<Owned | undefined> => {
  const owned = sql`select contact_id as "contactId" from conversations where workspace_id = ${workspaceId} and id = ${id}`
  const before = await tx.one<Owned>(owned)
  if (!before) return undefined
  await holdContact(tx, workspaceId, before.contactId)
  const now = await tx.one<Owned>(sql`${owned} ${held(tx)}`)
  // merged while this waited
  return now?.contactId === before.contactId ? now : holdConversation(tx, workspaceId, id)
}

interface Owned {
  contactId: string
}

interface ConversationsPage {
  status: ConversationStatus | undefined
  contactId: string | undefined
  after: [activityAt: string, id: string] | undefined
  limit: number
}

/** Newest activity first; archived ones only when they are asked for. */
export const listConversations = async (db: Queries, workspaceId: string, page: ConversationsPage) => {
  const { status, contactId, after, limit } = page
  const rows = await db.many(
    sql`${select} where v.workspace_id = ${workspaceId}
          ${status ? sql`and v.status = ${status}` : sql`and v.status <> 'ARCHIVED'`}
          ${contactId === undefined ? nothing : sql`and v.contact_id = ${contactId}`}
          ${after ? sql`and (v.activity_at, v.id) < (${after[0]}, ${after[1]})` : nothing}
        order by v.activity_at desc, v.id desc limit ${limit}`,
  )
  return rows.map((row) => nest<ConversationRow>(row))
}

export interface NewConversation {
  contactId: string
  subject: string
  status: ConversationStatus
  source: Source
  /** What it came through; none where a program made it. */
  channelId?: string | null
}

export const insertConversation = (tx: Queries, workspaceId: string, row: NewConversation) => {
  const now = new Date().toISOString()
  return tx.one<{ id: string; seq: number }>(
    sql`insert into conversations (id, workspace_id, contact_id, channel_id, status, source, subject, created_at, activity_at)
        values (${newId('thd')}, ${workspaceId}, ${row.contactId}, ${row.channelId ?? null}, ${row.status}, ${row.source},
          ${row.subject}, ${now}, ${now})
        returning id, seq`,
  )
}

export const setStatus = (
  tx: Queries,
  workspaceId: string,
  { id, status }: { id: string; status: ConversationStatus },
) => tx.run(sql`update conversations set status = ${status} where workspace_id = ${workspaceId} and id = ${id}`)

/** A customer wrote: nobody overlooks it because the conversation was closed or put away. */
export const reopen = (tx: Queries, workspaceId: string, id: string) =>
  setStatus(tx, workspaceId, { id, status: 'OPEN' })

export const setChannel = (tx: Queries, workspaceId: string, { id, channelId }: { id: string; channelId: string }) =>
  tx.run(sql`update conversations set channel_id = ${channelId} where workspace_id = ${workspaceId} and id = ${id}`)

export const setAssignment = (
  tx: Queries,
  workspaceId: string,
  { id, agentId }: { id: string; agentId: string | null },
) =>
  tx.run(sql`update conversations set assigned_to_id = ${agentId} where workspace_id = ${workspaceId} and id = ${id}`)

/** Moves the read mark behind everything that has arrived. */
export const markRead = async (tx: Tx, workspaceId: string, id: string) => {
  // first, for what is being added counts itself here: it is then either read with the others, or unread with its count
  await tx.run(sql`update conversations set unread_count = 0 where workspace_id = ${workspaceId} and id = ${id}`)
  await tx.run(
    sql`update messages set is_unread = 0 where workspace_id = ${workspaceId} and conversation_id = ${id} and is_unread = 1`,
  )
}
