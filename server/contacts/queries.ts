import { nest, type Queries, type Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import type { Contact, ContactStatus, Customer } from './schema.ts'

/** A contact with what the program itself needs to know of it. */
export interface StoredContact extends Contact {
  seq: number
  emailKey: string | null
  nameIsDerived: number
  version: number
}

const columns = sql`id, email, name, avatar_url as "avatarUrl", phone, status, source,
  last_message_at as "lastMessageAt", last_message_preview as "lastMessagePreview", created_at as "createdAt",
  seq, email_key as "emailKey", name_is_derived as "nameIsDerived", version`

export const findContact = (db: Queries, workspaceId: string, id: string) =>
  db.one<StoredContact>(sql`select ${columns} from contacts where workspace_id = ${workspaceId} and id = ${id}`)

export const findContactByKey = (db: Queries, workspaceId: string, key: string) =>
  db.one<StoredContact>(sql`select ${columns} from contacts where workspace_id = ${workspaceId} and email_key = ${key}`)

/** As `holdContact`. */
export const holdContactByKey = (tx: Tx, workspaceId: string, key: string) =>
  tx.one<StoredContact>(
    sql`select ${columns} from contacts where workspace_id = ${workspaceId} and email_key = ${key} ${held(tx)}`,
  )

export type CustomerRow = Customer & { activityAt: string }

interface CustomersPage {
  status: ContactStatus | undefined
  after: [activityAt: string, id: string] | undefined
  limit: number
}

/** Newest activity first, with each one's latest conversation: one walk along an index. */
export const listCustomers = async (db: Queries, workspaceId: string, { status, after, limit }: CustomersPage) => {
  const rows = await db.many(
    sql`select c.id as "contact.id", c.email as "contact.email", c.name as "contact.name",
          c.avatar_url as "contact.avatarUrl", c.last_message_at as "contact.lastMessageAt",
          c.last_message_preview as "contact.lastMessagePreview",
          v.id as "latestThread.id", v.status as "latestThread.status", v.source as "latestThread.source",
          v.last_message_at as "latestThread.lastMessageAt",
          v.last_message_preview as "latestThread.lastMessagePreview", v.unread_count as "latestThread.unreadCount",
          c.thread_count as "threadCount", c.activity_at as "activityAt"
        from contacts c
        left join conversations v on v.workspace_id = c.workspace_id and v.id = c.latest_conversation_id
        where c.workspace_id = ${workspaceId} ${status ? sql`and c.status = ${status}` : nothing}
          ${after ? sql`and (c.activity_at, c.id) < (${after[0]}, ${after[1]})` : nothing}
        order by c.activity_at desc, c.id desc limit ${limit}`,
  )
  return rows.map((row) => nest<CustomerRow>(row))
}

export interface NewContactRow {
  id: string
  email: string
  emailKey: string | null
  name: string
  nameIsDerived: number
  phone: string | null
  avatarUrl: string | null
  source: Contact['source']
  createdAt: string
}

/** Undefined when another contact has the key. */
export const insertContact = (tx: Queries, workspaceId: string, row: NewContactRow) =>
  tx.one<StoredContact>(
    sql`insert into contacts (id, workspace_id, email, email_key, name, name_is_derived, phone, avatar_url, status, source,
          created_at, activity_at)
        values (${row.id}, ${workspaceId}, ${row.email}, ${row.emailKey}, ${row.name}, ${row.nameIsDerived}, ${row.phone},
          ${row.avatarUrl}, 'ACTIVE', ${row.source}, ${row.createdAt}, ${row.createdAt})
        on conflict (workspace_id, email_key) do nothing returning ${columns}`,
  )

export const updateContact = (tx: Queries, workspaceId: string, row: StoredContact) =>
  tx.run(
    sql`update contacts set email = ${row.email}, email_key = ${row.emailKey}, name = ${row.name},
          name_is_derived = ${row.nameIsDerived}, phone = ${row.phone}, avatar_url = ${row.avatarUrl}, status = ${row.status},
          version = ${row.version}
        where workspace_id = ${workspaceId} and id = ${row.id}`,
  )

/**
 * The contact, which nobody else changes before this transaction ends. Whoever writes a message holds contact, conversation
 * and then the message's number, in this order: else two could each wait for what the other one has.
 */
export const holdContact = (tx: Tx, workspaceId: string, id: string) =>
  tx.one<StoredContact>(
    sql`select ${columns} from contacts where workspace_id = ${workspaceId} and id = ${id} ${held(tx)}`,
  )

/** A new inbound message makes an archived contact active again. */
export const wakeContact = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(
    sql`update contacts set status = 'ACTIVE' where workspace_id = ${workspaceId} and id = ${id} and status = 'ARCHIVED'`,
  )

export const addThread = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`update contacts set thread_count = thread_count + 1 where workspace_id = ${workspaceId} and id = ${id}`)
