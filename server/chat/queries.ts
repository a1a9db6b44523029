import { timestamp } from '../current-time.ts'
import { holdContact } from '../contacts/queries.ts'
import type { Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { list, nothing, sql, type Sql } from '../db/sql.ts'
import { attachmentsOf } from '../messages/queries.ts'
import type { Attachment } from '../messages/schema.ts'

export interface Visitor {
  id: string
  channelId: string
  contactId: string
  /** The address that the site has vouched for; null where there is none. */
  verifiedKey: string | null
  /** Of the token that is valid. */
  tokenNumber: number
  /** When it was last used, to within a day. */
  usedAt: string
  /** The newest that was said of them and that nobody vouched for, as agents were told. */
  claim: string | null
}

const select = sql`select id, channel_id as "channelId", contact_id as "contactId", verified_key as "verifiedKey",
  token_number as "tokenNumber", used_at as "usedAt", claim from chat_visitors`

/** Of a chat that is open. */
export const findVisitor = (db: Queries, workspaceId: string, id: string) =>
  db.one<Visitor>(
    sql`${select} where workspace_id = ${workspaceId} and id = ${id}
          and exists (select 1 from channels h where h.id = channel_id and h.deleted_at is null)`,
  )

/**
 * Until the end of the transaction the visitor stays this contact. Holds the contact first, as everybody does: whoever merges
 * or erases it holds it, too.
 */
export const holdVisitor = async (tx: Tx, workspaceId: string, id: string): Promise<Visitor | undefined> => {
  const found = await findVisitor(tx, workspaceId, id)
  if (!found) return undefined
  // who moves a visitor holds the contact, which is then gone
  if (!(await holdContact(tx, workspaceId, found.contactId))) return holdVisitor(tx, workspaceId, id)
  return tx.one<Visitor>(sql`${select} where workspace_id = ${workspaceId} and id = ${id} ${held(tx)}`)
}

export const insertVisitor = (tx: Queries, workspaceId: string, row: Visitor) =>
  tx.run(
    sql`insert into chat_visitors (workspace_id, id, channel_id, contact_id, verified_key, token_number, used_at, claim,
          created_at)
        values (${workspaceId}, ${row.id}, ${row.channelId}, ${row.contactId}, ${row.verifiedKey}, ${row.tokenNumber},
          ${row.usedAt}, ${row.claim}, ${timestamp()})`,
  )

export const setVerified = (tx: Queries, workspaceId: string, { id, emailKey }: { id: string; emailKey: string }) =>
  tx.run(
    sql`update chat_visitors set verified_key = ${emailKey}, claim = null
        where workspace_id = ${workspaceId} and id = ${id}`,
  )

export const setClaim = (tx: Queries, workspaceId: string, { id, claim }: Pick<Visitor, 'id' | 'claim'>) =>
  tx.run(sql`update chat_visitors set claim = ${claim} where workspace_id = ${workspaceId} and id = ${id}`)

export const touch = (db: Queries, workspaceId: string, id: string) =>
  db.run(sql`update chat_visitors set used_at = ${timestamp()} where workspace_id = ${workspaceId} and id = ${id}`)

/** The next one is the valid one. */
export const endNumber = (tx: Queries, workspaceId: string, { id, tokenNumber }: Visitor) =>
  tx.run(
    sql`update chat_visitors set token_number = ${tokenNumber + 1}
        where workspace_id = ${workspaceId} and id = ${id} and token_number = ${tokenNumber}`,
  )

/** Of a visitor of whom nothing else is stored. */
export const addEnded = (tx: Queries, workspaceId: string, visitorId: string) =>
  tx.run(
    sql`insert into ended_chat_tokens (workspace_id, visitor_id, ended_at)
        values (${workspaceId}, ${visitorId}, ${timestamp()}) on conflict do nothing`,
  )

export const isEnded = async (db: Queries, workspaceId: string, visitorId: string): Promise<boolean> =>
  (await db.one(
    sql`select ended_at from ended_chat_tokens where workspace_id = ${workspaceId} and visitor_id = ${visitorId}`,
  )) !== undefined

export const forgetEnded = (db: Queries, before: string) =>
  db.run(sql`delete from ended_chat_tokens where ended_at < ${before}`)

/**
 * Of conversations `v`: those that the visitor opened, and, where the site has vouched for an address, those that were
 * opened by somebody for whom it vouched for the same one. Who has the contact does not count: agents, too, change addresses.
 */
const isTheirs = ({ id, channelId, contactId, verifiedKey }: Visitor, workspaceId: string): Sql =>
  sql`v.contact_id = ${contactId} and v.channel_id = ${channelId} and ${
    verifiedKey === null
      ? sql`v.visitor_id = ${id}`
      : sql`v.visitor_id in (select o.id from chat_visitors o where o.workspace_id = ${workspaceId}
              and o.contact_id = ${contactId} and o.verified_key = ${verifiedKey})`
  }`

export const newestConversation = async (db: Queries, workspaceId: string, visitor: Visitor) =>
  (
    await db.one<{ id: string }>(
      sql`select v.id from conversations v where v.workspace_id = ${workspaceId} and ${isTheirs(visitor, workspaceId)}
          order by v.activity_at desc, v.id desc limit 1`,
    )
  )?.id

export const isOwnConversation = async (
  db: Queries,
  workspaceId: string,
  { id, visitor }: { id: string; visitor: Visitor },
) =>
  (await db.one(
    sql`select v.id from conversations v where v.workspace_id = ${workspaceId} and v.id = ${id}
          and ${isTheirs(visitor, workspaceId)}`,
  )) !== undefined

export interface ShownMessage {
  id: string
  seq: number
  conversationId: string
  direction: 'INBOUND' | 'OUTBOUND'
  text: string
  agentName: string | null
  clientId: string | null
  createdAt: string
  attachments: Attachment[]
}

interface Wanted {
  visitor: Visitor
  ids?: string[]
  conversationId?: string | undefined
  before?: number | undefined
  from?: number
  limit: number
}

/** What a visitor may see, newest first: never a note, never what came by another channel. Files are the team's. */
export const messagesFor = async (db: Queries, workspaceId: string, wanted: Wanted): Promise<ShownMessage[]> => {
  const rows = await db.many<Omit<ShownMessage, 'attachments'>>(
    sql`select m.id, m.seq, m.conversation_id as "conversationId", m.direction, m.content_text as text,
          a.name as "agentName", m.client_key as "clientId", m.created_at as "createdAt"
        from messages m
        join conversations v on v.workspace_id = m.workspace_id and v.id = m.conversation_id
        left join agents a on a.workspace_id = m.workspace_id and a.id = m.agent_id
        where m.workspace_id = ${workspaceId} and m.contact_id = ${wanted.visitor.contactId}
          and ${isTheirs(wanted.visitor, workspaceId)} and m.is_note = 0 and m.direction <> 'SYSTEM'
          ${wanted.ids ? sql`and m.id in (${list(wanted.ids)})` : nothing}
          ${wanted.conversationId === undefined ? nothing : sql`and m.conversation_id = ${wanted.conversationId}`}
          ${wanted.before === undefined ? nothing : sql`and m.seq < ${wanted.before}`}
          ${wanted.from === undefined ? nothing : sql`and m.seq >= ${wanted.from}`}
        order by m.seq desc limit ${wanted.limit}`,
  )
  const ids = rows.filter(({ direction }) => direction === 'OUTBOUND').map(({ id }) => id)
  const files = (await attachmentsOf(db, workspaceId, ids)).filter(({ beginsAt }) => beginsAt !== null)
  return rows.map((row) => ({
    ...row,
    attachments: files
      .filter(({ messageId }) => messageId === row.id)
      .map(({ number, name, contentType, size }) => ({ number, name, contentType, size })),
  }))
}

export const seqOf = async (db: Queries, workspaceId: string, { contactId, id }: { contactId: string; id: string }) =>
  (
    await db.one<{ seq: number }>(
      sql`select seq from messages where workspace_id = ${workspaceId} and id = ${id} and contact_id = ${contactId}`,
    )
  )?.seq
