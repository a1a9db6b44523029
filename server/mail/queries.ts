import type { Queries } from '../db/db.ts'
import { firstIdOf } from '../db/id.ts'
import { list, sql } from '../db/sql.ts'
import { recipientsIn, type Addresses } from '../messages/addresses.ts'
import { emailKey } from '../email-address.ts'

/** What has this key: the same mail, delivered or imported before. A stray report is in no conversation. */
export const findByMailKey = (db: Queries, workspaceId: string, key: string) =>
  db.one<{ messageId: string; conversationId: string | null }>(
    sql`select id as "messageId", conversation_id as "conversationId" from messages
        where workspace_id = ${workspaceId} and mail_key = ${key}
        union all select id, null from stray_reports where workspace_id = ${workspaceId} and mail_key = ${key}`,
  )

interface Thread {
  contactId: string
  references: string[]
}

export interface Reference {
  reference: string
  conversationId: string
}

/**
 * In which conversations of this contact these Message-IDs were seen. In no order: asked for the latest, SQLite walks the
 * conversations of the whole workspace from the newest down.
 */
export const findReferences = async (
  db: Queries,
  workspaceId: string,
  { contactId, references }: Thread,
): Promise<Reference[]> =>
  references.length === 0
    ? []
    : db.many<Reference>(
        sql`select reference, conversation_id as "conversationId" from mail_references
            where workspace_id = ${workspaceId} and contact_id = ${contactId} and reference in (${list(references)})`,
      )

export const addReferences = async (tx: Queries, workspaceId: string, thread: Thread & { conversationId: string }) => {
  for (const reference of thread.references)
    await tx.run(
      sql`insert into mail_references (workspace_id, contact_id, reference, conversation_id)
          values (${workspaceId}, ${thread.contactId}, ${reference}, ${thread.conversationId}) on conflict do nothing`,
    )
}

/** A message of ours that left as a mail. */
export interface SentMail {
  id: string
  conversationId: string
  mailId: string
  /** Null where it left before recipients were recorded. */
  mailTo: string | null
  hasBounceAddress: number
  addresses: string | null
}

/** Whom else it went to. */
export const othersOf = ({ addresses, mailTo }: SentMail): string[] =>
  addresses === null
    ? []
    : recipientsIn(JSON.parse(addresses) as Addresses).flatMap(({ email }) => (email === mailTo ? [] : email))

const sent = sql`select id, conversation_id as "conversationId", mail_id as "mailId", mail_to as "mailTo",
  has_bounce_address as "hasBounceAddress", addresses from messages`
const hasLeft = sql`direction = 'OUTBOUND' and mail_id is not null`

export const findSent = (db: Queries, workspaceId: string, id: string) =>
  db.one<SentMail>(sql`${sent} where workspace_id = ${workspaceId} and id = ${id} and ${hasLeft}`)

const sentMost = 20

/** Whether one of the newest mails of a conversation went to the address with this key. */
export const wasSentTo = async (
  db: Queries,
  workspaceId: string,
  { conversationId, key }: { conversationId: string; key: string },
) =>
  (
    await db.many<{ mailTo: string }>(
      sql`select mail_to as "mailTo" from messages where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
            and mail_to is not null order by seq desc limit ${sentMost}`,
    )
  ).some(({ mailTo }) => emailKey(mailTo) === key)

const conversationsMost = 200

/** Where somebody with this address takes part, and a mail was seen that is referred to; among their newest conversations. */
export const findJoined = async (
  db: Queries,
  workspaceId: string,
  { key, references }: { key: string; references: string[] },
): Promise<string | undefined> =>
  references.length === 0
    ? undefined
    : (
        await db.one<{ id: string }>(
          sql`select v.id from (
                select conversation_id from participants where workspace_id = ${workspaceId} and email_key = ${key}
                order by conversation_id desc limit ${conversationsMost}) p
              join conversations v on v.workspace_id = ${workspaceId} and v.id = p.conversation_id
              join mail_references r on r.workspace_id = ${workspaceId} and r.contact_id = v.contact_id
                and r.conversation_id = v.id and r.reference in (${list(references)})
              order by v.id desc limit 1`,
        )
      )?.id

/** By the tick of their ids. */
export const findSentOfTick = (db: Queries, workspaceId: string, tick: number) =>
  db.many<SentMail>(
    sql`${sent} where workspace_id = ${workspaceId} and ${hasLeft}
          and id >= ${firstIdOf('msg', tick)} and id < ${firstIdOf('msg', tick + 1)}`,
  )

export const reportsTrustedUntil = async (db: Queries, workspaceId: string) =>
  (
    await db.one<{ until: string | null }>(
      sql`select reports_trusted_until as until from workspaces where id = ${workspaceId}`,
    )
  )?.until
