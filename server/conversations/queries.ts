import { timestamp } from '../current-time.ts'
import { nest, type Queries, type Tx } from '../db/db.ts'
import { firstIdOf, newId } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql, type Sql } from '../db/sql.ts'
import { holdContact } from '../contacts/queries.ts'
import type { ChannelKind } from '../channels/schema.ts'
import type { Source } from '../contacts/schema.ts'
import { peopleIn } from '../search/people.ts'
import { updatedSince } from '../contacts/updated-since.ts'
import type { ConversationCounts, ConversationStatus, LastMessage, ListedConversation } from './schema.ts'

export type ConversationRow = ListedConversation & {
  seq: number
  activityAt: string
  unreadCount: number
  version: number
}

const columns = sql`
  v.id, v.status, v.source, v.subject, v.unread_count > 0 as "isUnread", v.is_undelivered as "isUndelivered", v.last_message_at as "lastMessageAt",
    v.last_message_preview as "lastMessagePreview", v.assigned_to_id as "assignedToId", v.channel_id as "channelId",
    c.id as "contact.id", c.email as "contact.email", c.name as "contact.name", c.avatar_url as "contact.avatarUrl",
    v.seq, v.activity_at as "activityAt", v.unread_count as "unreadCount", v.version`
const tables = sql`conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id`
const select = sql`select ${columns} from ${tables}`
const lastMessage = sql`l.id as "lastMessage.id", l.direction as "lastMessage.direction", l.status as "lastMessage.status"`
const joinLastMessage = sql`left join messages l on l.workspace_id = v.workspace_id and l.seq = v.last_message_seq`

export const findConversation = async (db: Queries, workspaceId: string, id: string) => {
  const row = await db.one(sql`${select} where v.workspace_id = ${workspaceId} and v.id = ${id}`)
  return row && nest<ConversationRow>(row)
}

const replyTo = (of: Sql) => sql`(
  select m.reply_to from messages m where ${of} and m.direction = 'INBOUND' and m.is_automatic = 0
    and m.claims_to_be_ours = 0 order by m.seq desc limit 1)`

/** Where the newest mail of the customer wants its answer; null: to the contact. */
export const replyToOf = async (db: Queries, workspaceId: string, id: string) =>
  (await db.one<{ replyTo: string | null }>(
    sql`select ${replyTo(sql`m.workspace_id = ${workspaceId} and m.conversation_id = ${id}`)} as "replyTo"`,
  ))!.replyTo

/** With the channel that it came through, which may be closed by now, and where an answer goes. */
export const findWithChannel = async (db: Queries, workspaceId: string, id: string) => {
  const row = await db.one(
    sql`select ${columns}, ${lastMessage}, h.id as "channel.id", h.name as "channel.name", h.kind as "channel.kind",
          ${replyTo(sql`m.workspace_id = v.workspace_id and m.conversation_id = v.id`)} as "replyTo"
        from ${tables} ${joinLastMessage} left join channels h on h.workspace_id = v.workspace_id and h.id = v.channel_id
        where v.workspace_id = ${workspaceId} and v.id = ${id}`,
  )
  return row && nest<DetailedRow>(row)
}

export interface DetailedRow extends ConversationRow {
  lastMessage: LastMessage | null
  channel: { id: string; name: string; kind: ChannelKind } | null
  replyTo: string | null
}

/** Those whose id was made in this tick: one, nearly always. With the contact that they had first. */
export const findConversationsOfTick = (db: Queries, workspaceId: string, tick: number) =>
  db.many<{ id: string; formerContactId: string }>(
    sql`select id, coalesce(former_contact_id, contact_id) as "formerContactId" from conversations where workspace_id = ${workspaceId}
          and id >= ${firstIdOf('thd', tick)} and id < ${firstIdOf('thd', tick + 1)}`,
  )

/**
 * Whose it is, and stays to the end of the transaction: contacts that are one person are merged. Holds contact and
 * conversation, in this order also where it waited for a merge; undefined where there is none.
 */
export const holdConversation = async (tx: Tx, workspaceId: string, id: string): Promise<Owned | undefined> => {
  const owned = sql`select contact_id as "contactId", version from conversations where workspace_id = ${workspaceId} and id = ${id}`
  const found = await tx.one<Owned>(owned)
  if (!found) return undefined
  // who moves a conversation holds its contact, which is then gone
  if (!(await holdContact(tx, workspaceId, found.contactId))) return holdConversation(tx, workspaceId, id)
  return tx.one<Owned>(sql`${owned} ${held(tx)}`)
}

interface Owned {
  contactId: string
  version: number
}

interface ConversationsPage {
  status: ConversationStatus | undefined
  contactId: string | undefined
  /** Null: to nobody. */
  assignedToId: string | null | undefined
  unread: boolean | undefined
  undelivered: boolean | undefined
  hasLastMessage: boolean
  updatedSince: string | undefined
  after: [activityAt: string, id: string] | undefined
  limit: number
}

/** Newest activity first; archived ones only when they are asked for. */
export const listConversations = async (db: Queries, workspaceId: string, page: ConversationsPage) => {
  const {
    status,
    contactId,
    assignedToId,
    unread,
    undelivered,
    hasLastMessage,
    updatedSince: since,
    after,
    limit,
  } = page
  const from = hasLastMessage ? sql`select ${columns}, ${lastMessage} from ${tables} ${joinLastMessage}` : select
  const wanted = (when: Sql) => sql`${from} where v.workspace_id = ${workspaceId} ${when}
          ${status ? sql`and v.status = ${status}` : sql`and v.status <> 'ARCHIVED'`}
          ${contactId === undefined ? nothing : sql`and v.contact_id = ${contactId}`}
          ${assignedToId === undefined ? nothing : assignedTo(assignedToId)}
          ${unread === undefined ? nothing : unread ? sql`and v.unread_count > 0` : sql`and v.unread_count = 0`}
          ${undelivered === undefined ? nothing : undelivered ? sql`and v.is_undelivered = 1` : sql`and v.is_undelivered = 0`}
          ${after ? sql`and (v.activity_at, v.id) < (${after[0]}, ${after[1]})` : nothing}
        order by v.activity_at desc, v.id desc limit ${limit}`
  const rows = await db.many(
    since === undefined ? wanted(nothing) : updatedSince({ since, wanted, id: sql`"id"`, limit }),
  )
  return rows.map((row) => nest<ConversationRow>(row))
}

const assignedTo = (agentId: string | null): Sql =>
  agentId === null ? sql`and v.assigned_to_id is null` : sql`and v.assigned_to_id = ${agentId}`

const count = (where: Sql): Sql => sql`(select count(*) from conversations v where ${where})`

/** Each is as many as the list with that filter has. They are counted, so they cannot be wrong. */
export const countConversations = async (db: Queries, workspaceId: string, agentId: string | null) => {
  const own = sql`v.workspace_id = ${workspaceId}`
  return (await db.one<ConversationCounts>(
    sql`select ${count(sql`${own} and v.status = 'OPEN'`)} as open,
          ${count(sql`${own} and v.status = 'OPEN' and v.assigned_to_id = ${agentId ?? ''}`)} as mine,
          ${count(sql`${own} and v.status = 'OPEN' and v.assigned_to_id is null`)} as unassigned,
          ${count(sql`${own} and v.status = 'CLOSED'`)} as closed,
          ${count(sql`${own} and v.status = 'ARCHIVED'`)} as archived,
          ${count(sql`${own} and v.status = 'OPEN' and v.is_undelivered = 1`)} as undelivered,
          ${count(sql`${own} and v.status <> 'ARCHIVED' and v.unread_count > 0`)} as unread`,
  ))!
}

export interface NewConversation {
  contactId: string
  subject: string
  status: ConversationStatus
  source: Source
  /** What it came through; none where a program made it. */
  channelId?: string | null
  /** Who opened it in a chat. */
  visitorId?: string | null
}

export const insertConversation = (tx: Queries, workspaceId: string, row: NewConversation) => {
  const createdAt = timestamp()
  return tx.one<{ id: string; seq: number; people: string }>(
    sql`insert into conversations (id, workspace_id, contact_id, channel_id, visitor_id, status, source, subject, people,
          created_at, activity_at, changed_at)
        values (${newId('thd')}, ${workspaceId}, ${row.contactId}, ${row.channelId ?? null}, ${row.visitorId ?? null},
          ${row.status}, ${row.source}, ${row.subject}, ${peopleIn(workspaceId, row.contactId)}, ${createdAt}, ${createdAt},
          ${row.source === 'IMPORT' ? createdAt : null})
        returning id, seq, people`,
  )
}

export const setStatus = (
  tx: Queries,
  workspaceId: string,
  { id, status }: { id: string; status: ConversationStatus },
) =>
  tx.run(
    sql`update conversations set status = ${status}, changed_at = ${timestamp()}, version = version + case when status = ${status} then 0 else 1 end
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

/** A customer wrote: nobody overlooks it because the conversation was closed or put away. Not an edit. */
export const reopen = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`update conversations set status = 'OPEN' where workspace_id = ${workspaceId} and id = ${id}`)

export const setChannel = (tx: Queries, workspaceId: string, { id, channelId }: { id: string; channelId: string }) =>
  tx.run(sql`update conversations set channel_id = ${channelId} where workspace_id = ${workspaceId} and id = ${id}`)

export const setAssignment = (
  tx: Queries,
  workspaceId: string,
  { id, agentId }: { id: string; agentId: string | null },
) =>
  tx.run(
    sql`update conversations set assigned_to_id = ${agentId}, changed_at = ${timestamp()},
          version = version + case when coalesce(assigned_to_id, '') = ${agentId ?? ''} then 0 else 1 end
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

/** Moves the read mark behind everything that has arrived or, with `upTo`, behind the message with this number. */
export const markRead = async (tx: Tx, workspaceId: string, { id, upTo }: { id: string; upTo: number | undefined }) => {
  // first, for what is being added counts itself here: it is then either read with the others, or unread with its count
  if (upTo === undefined)
    await tx.run(
      sql`update conversations set unread_count = 0, changed_at = ${timestamp()} where workspace_id = ${workspaceId} and id = ${id}`,
    )
  await tx.run(
    sql`update messages set is_unread = 0 where workspace_id = ${workspaceId} and conversation_id = ${id} and is_unread = 1
          ${upTo === undefined ? nothing : sql`and seq <= ${upTo}`}`,
  )
  if (upTo !== undefined) await recountUnread(tx, workspaceId, id)
}

/** The newest message of the customer is unread or, where none has come, the newest of all. */
export const markUnread = async (tx: Tx, workspaceId: string, id: string) => {
  const newest = (of: Sql) =>
    sql`(select seq from messages where workspace_id = ${workspaceId} and conversation_id = ${id} and ${of} order by seq desc limit 1)`
  await tx.run(
    sql`update messages set is_unread = 1
        where workspace_id = ${workspaceId} and seq = coalesce(${newest(sql`direction = 'INBOUND'`)}, ${newest(sql`is_note = 0`)})`,
  )
  await recountUnread(tx, workspaceId, id)
}

const recountUnread = (tx: Tx, workspaceId: string, id: string) =>
  tx.run(
    sql`update conversations set changed_at = ${timestamp()}, unread_count = (
          select count(*) from messages where workspace_id = ${workspaceId} and conversation_id = ${id} and is_unread = 1)
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

/** Its number; undefined where the conversation has no such message. */
export const seqOfMessage = async (tx: Tx, workspaceId: string, { id, messageId }: { id: string; messageId: string }) =>
  (
    await tx.one<{ seq: number }>(
      sql`select seq from messages where workspace_id = ${workspaceId} and id = ${messageId} and conversation_id = ${id}`,
    )
  )?.seq
