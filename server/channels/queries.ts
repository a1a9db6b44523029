import type { Queries, Tx } from '../db/db.ts'
import { firstIdOf } from '../db/id.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql, type Sql } from '../db/sql.ts'
import type { ChannelKind, ChatPosition, SenderName } from './schema.ts'

/** A row as it is stored: lists as JSON, secrets in it. */
export interface ChannelRow {
  id: string
  workspaceId: string
  kind: ChannelKind
  name: string
  email: string | null
  emailKey: string | null
  smtpUrl: string | null
  /** The operator has set it: it may lead anywhere. */
  smtpByOperator: number
  publishableKey: string | null
  secret: string | null
  allowedOrigins: string | null
  fields: string | null
  returnTo: string | null
  /** Whether answers to its mails go to addresses of their own, with a + in them. */
  plusAddresses: number
  senderName: SenderName
  greeting: string | null
  color: string | null
  position: ChatPosition | null
  /** When its SMTP server refused a bounce address as envelope sender. */
  bounceRefusedAt: string | null
  createdAt: string
  version: number
}

const columns = sql`id, workspace_id as "workspaceId", kind, name, email, email_key as "emailKey", smtp_url as "smtpUrl",
  smtp_by_operator as "smtpByOperator",
  publishable_key as "publishableKey", secret, allowed_origins as "allowedOrigins", fields, return_to as "returnTo", plus_addresses as "plusAddresses",
  sender_name as "senderName", greeting, color, position, bounce_refused_at as "bounceRefusedAt", created_at as "createdAt", version`

const one = (db: Queries, where: Sql) =>
  db.one<ChannelRow>(sql`select ${columns} from channels where ${where} and deleted_at is null`)

export const findChannel = (db: Queries, workspaceId: string, id: string) =>
  one(db, sql`workspace_id = ${workspaceId} and id = ${id}`)

/** The channel, which nobody else changes before this transaction ends. */
export const holdChannel = (tx: Tx, workspaceId: string, id: string) =>
  tx.one<ChannelRow>(
    sql`select ${columns} from channels where workspace_id = ${workspaceId} and id = ${id} and deleted_at is null ${held(tx)}`,
  )

/** Of the channel that the conversation came through; undefined once that is closed, for then nothing leaves by it. */
export const channelKindOf = async (db: Queries, workspaceId: string, conversationId: string) =>
  (
    await db.one<{ kind: ChannelKind }>(
      sql`select h.kind from conversations v join channels h on h.workspace_id = v.workspace_id and h.id = v.channel_id
          where v.workspace_id = ${workspaceId} and v.id = ${conversationId} and h.deleted_at is null`,
    )
  )?.kind

/** Of any workspace: a mail names no other. */
export const findChannelByEmail = (db: Queries, emailKey: string) => one(db, sql`email_key = ${emailKey}`)

/** Of any workspace: for chats, whose pages name no other. */
export const findChannelByPublishableKey = (db: Queries, publishableKey: string) =>
  one(db, sql`publishable_key = ${publishableKey}`)

/** Of any workspace: for forms, which name no other, and for the command line. */
export const findAnyChannel = (db: Queries, id: string) => one(db, sql`id = ${id}`)

/** Of any workspace, by the tick of their ids: a bounce address names no other. */
export const findChannelsOfTick = (db: Queries, tick: number) =>
  db.many<ChannelRow>(
    sql`select ${columns} from channels
        where id >= ${firstIdOf('chn', tick)} and id < ${firstIdOf('chn', tick + 1)} and deleted_at is null`,
  )

/** What the workspace sends from where nothing else was said. */
export const firstEmailChannel = (db: Queries, workspaceId: string) => sendingChannel(db, workspaceId, null)

/** What a conversation's mail leaves through: its own channel, as long as that is there and sends mail; else the first one. */
export const sendingChannel = (db: Queries, workspaceId: string, channelId: string | null) =>
  db.one<ChannelRow>(
    sql`select ${columns} from channels where workspace_id = ${workspaceId} and kind = 'EMAIL' and deleted_at is null
        order by case when id = ${channelId} then 0 else 1 end, id limit 1`,
  )

export const listChannels = (db: Queries, workspaceId: string, page: { after: string | undefined; limit: number }) =>
  db.many<ChannelRow>(
    sql`select ${columns} from channels where workspace_id = ${workspaceId} and deleted_at is null
          ${page.after === undefined ? nothing : sql`and id > ${page.after}`} order by id limit ${page.limit}`,
  )

export const listAllChannels = (db: Queries, workspaceId?: string) =>
  db.many<ChannelRow>(
    sql`select ${columns} from channels
        where deleted_at is null ${workspaceId === undefined ? nothing : sql`and workspace_id = ${workspaceId}`} order by id`,
  )

/** Of all workspaces: those with a + in their address. */
export const listTagged = (db: Queries) =>
  db.many<ChannelRow>(
    sql`select ${columns} from channels where deleted_at is null and email_key like '%+%' order by id`,
  )

export const insertChannel = (tx: Queries, row: ChannelRow) =>
  tx.run(
    sql`insert into channels (id, workspace_id, kind, name, email, email_key, smtp_url, smtp_by_operator, publishable_key,
          secret, allowed_origins, fields, return_to, plus_addresses, sender_name, greeting, color, position, created_at)
        values (${row.id}, ${row.workspaceId}, ${row.kind}, ${row.name}, ${row.email}, ${row.emailKey}, ${row.smtpUrl},
          ${row.smtpByOperator},
          ${row.publishableKey}, ${row.secret}, ${row.allowedOrigins}, ${row.fields}, ${row.returnTo},
          ${row.plusAddresses}, ${row.senderName}, ${row.greeting}, ${row.color}, ${row.position}, ${row.createdAt})`,
  )

export const updateChannel = (tx: Queries, workspaceId: string, row: ChannelRow) =>
  tx.run(
    sql`update channels set name = ${row.name}, email = ${row.email}, email_key = ${row.emailKey},
          smtp_url = ${row.smtpUrl}, smtp_by_operator = ${row.smtpByOperator}, allowed_origins = ${row.allowedOrigins}, fields = ${row.fields},
          return_to = ${row.returnTo}, plus_addresses = ${row.plusAddresses}, sender_name = ${row.senderName},
          greeting = ${row.greeting}, color = ${row.color}, position = ${row.position}, version = ${row.version}
        where workspace_id = ${workspaceId} and id = ${row.id}`,
  )

export const setBounceRefused = (tx: Queries, workspaceId: string, { id, at }: { id: string; at: string }) =>
  tx.run(sql`update channels set bounce_refused_at = ${at} where workspace_id = ${workspaceId} and id = ${id}`)

/** Its conversations keep it; what is secret in it, and its public key, are gone. */
export const markDeleted = (tx: Queries, workspaceId: string, { id, at }: { id: string; at: string }) =>
  tx.run(
    sql`update channels set deleted_at = ${at}, smtp_url = null, secret = null, publishable_key = null
        where workspace_id = ${workspaceId} and id = ${id} and deleted_at is null`,
  )
