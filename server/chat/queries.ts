import { holdContact } from '../contacts/queries.ts'
import type { Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { list, nothing, sql } from '../db/sql.ts'
import { attachmentsOf } from '../messages/queries.ts'
import type { Attachment } from '../messages/schema.ts'

export interface Visitor {
  id: string
  contactId: string
  /** The site has vouched for the contact's address. */
  isVerified: number
  /** The newest that was said of them and that nobody vouched for, as agents were told. */
  claim: string | null
}

const select = sql`select id, contact_id as "contactId", is_verified as "isVerified", claim from chat_visitors`

export const findVisitor = (db: Queries, workspaceId: string, id: string) =>
  db.one<Visitor>(sql`${select} where workspace_id = ${workspaceId} and id = ${id}`)

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

export const insertVisitor = (tx: Queries, workspaceId: string, row: Visitor & { channelId: string }) =>
  tx.run(
    sql`insert into chat_visitors (workspace_id, id, channel_id, contact_id, is_verified, claim, created_at)
        values (${workspaceId}, ${row.id}, ${row.channelId}, ${row.contactId}, ${row.isVerified}, ${row.claim},
          ${new Date().toISOString()})`,
  )

export const setVerified = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`update chat_visitors set is_verified = 1, claim = null where workspace_id = ${workspaceId} and id = ${id}`)

export const setClaim = (tx: Queries, workspaceId: string, { id, claim }: Pick<Visitor, 'id' | 'claim'>) =>
  tx.run(sql`update chat_visitors set claim = ${claim} where workspace_id = ${workspaceId} and id = ${id}`)

interface Own {
  channelId: string
  contactId: string
}

export const newestConversation = async (db: Queries, workspaceId: string, { channelId, contactId }: Own) =>
  (
    await db.one<{ id: string }>(
      sql`select id from conversations
          where workspace_id = ${workspaceId} and contact_id = ${contactId} and channel_id = ${channelId}
          order by activity_at desc, id desc limit 1`,
    )
  )?.id

export const isOwnConversation = async (db: Queries, workspaceId: string, { id, ...own }: Own & { id: string }) =>
  (await db.one(
    sql`select id from conversations where workspace_id = ${workspaceId} and id = ${id}
          and contact_id = ${own.contactId} and channel_id = ${own.channelId}`,
  )) !== undefined

export const findByClientKey = (
  db: Queries,
  workspaceId: string,
  { contactId, clientKey }: { contactId: string; clientKey: string },
) =>
  db.one<{ id: string }>(
    sql`select id from messages where workspace_id = ${workspaceId} and contact_id = ${contactId}
          and client_key = ${clientKey}`,
  )

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

interface Wanted extends Own {
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
        where m.workspace_id = ${workspaceId} and m.contact_id = ${wanted.contactId} and v.channel_id = ${wanted.channelId}
          and m.is_note = 0 and m.direction <> 'SYSTEM'
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
