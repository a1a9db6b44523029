import { timestamp } from '../current-time.ts'
import { nest, type Queries, type Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql, type Sql } from '../db/sql.ts'
import type { Contact, ContactStatus, Customer } from './schema.ts'
import { updatedSince } from './updated-since.ts'

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
  updatedSince: string | undefined
  after: [activityAt: string, id: string] | undefined
  limit: number
}

/** Newest activity first, with each one's latest conversation: one walk along an index. */
export const listCustomers = async (db: Queries, workspaceId: string, page: CustomersPage) => {
  const { status, updatedSince: since, after, limit } = page
  const wanted = (when: Sql) =>
    sql`select v.id as "contact.id", v.email as "contact.email", v.name as "contact.name",
          v.avatar_url as "contact.avatarUrl", v.last_message_at as "contact.lastMessageAt",
          v.last_message_preview as "contact.lastMessagePreview",
          t.id as "latestThread.id", t.status as "latestThread.status", t.source as "latestThread.source",
          t.last_message_at as "latestThread.lastMessageAt",
          t.last_message_preview as "latestThread.lastMessagePreview", t.unread_count as "latestThread.unreadCount",
          v.thread_count as "threadCount", v.activity_at as "activityAt"
        from contacts v
        left join conversations t on t.workspace_id = v.workspace_id and t.id = v.latest_conversation_id
        where v.workspace_id = ${workspaceId} ${when} ${status ? sql`and v.status = ${status}` : nothing}
          ${after ? sql`and (v.activity_at, v.id) < (${after[0]}, ${after[1]})` : nothing}
        order by v.activity_at desc, v.id desc limit ${limit}`
  const rows = await db.many(
    since === undefined ? wanted(nothing) : updatedSince({ since, wanted, id: sql`"contact.id"`, limit }),
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
          created_at, activity_at, changed_at)
        values (${row.id}, ${workspaceId}, ${row.email}, ${row.emailKey}, ${row.name}, ${row.nameIsDerived}, ${row.phone},
          ${row.avatarUrl}, 'ACTIVE', ${row.source}, ${row.createdAt}, ${row.createdAt}, ${row.source === 'IMPORT' ? row.createdAt : null})
        on conflict (workspace_id, email_key) do nothing returning ${columns}`,
  )

export const updateContact = (tx: Queries, workspaceId: string, row: StoredContact) =>
  tx.run(
    sql`update contacts set email = ${row.email}, email_key = ${row.emailKey}, name = ${row.name},
          name_is_derived = ${row.nameIsDerived}, phone = ${row.phone}, avatar_url = ${row.avatarUrl}, status = ${row.status},
          version = ${row.version}, changed_at = ${timestamp()}
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

/** Its latest conversation was changed, which the list of customers shows. */
export const touchContact = (tx: Queries, workspaceId: string, id: string) =>
  tx.run(sql`update contacts set changed_at = ${timestamp()} where workspace_id = ${workspaceId} and id = ${id}`)
