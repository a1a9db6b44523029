import { timestamp } from '../current-time.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { firstUnsettled, firstUnused, transactionNumber } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import type { EventKind } from './schema.ts'

/** What happened, and to whom. An erased contact is not named again. */
interface Happening {
  kind: EventKind
  contactId?: string | null
  conversationId?: string | null
  messageId?: string | null
}

/** A place in the events of a workspace. */
export interface Position {
  xact: number
  seq: number
}

export interface Event extends Position {
  kind: EventKind
  contactId: string | null
  conversationId: string | null
  messageId: string | null
  createdAt: string
}

/** Says in the transaction of a change that it happened, for those who follow the workspace. */
export const record = (tx: Tx, workspaceId: string, { kind, ...subject }: Happening): void =>
  tx.atCommit(
    sql`insert into events (workspace_id, xact, kind, contact_id, conversation_id, message_id, created_at)
        values (${workspaceId}, ${transactionNumber(tx)}, ${kind}, ${subject.contactId ?? null},
          ${subject.conversationId ?? null}, ${subject.messageId ?? null}, ${timestamp()})`,
  )

export const findPosition = (db: Queries, workspaceId: string, seq: number) =>
  db.one<Position>(sql`select xact, seq from events where workspace_id = ${workspaceId} and seq = ${seq}`)

/** Behind everything that has happened; what is still being written comes after it. */
export const newestPosition = async (db: Queries, workspaceId: string): Promise<Position> =>
  (await db.one<Position>(
    sql`select xact, seq from events where workspace_id = ${workspaceId} and xact < ${firstUnsettled(db)}
        order by xact desc, seq desc limit 1`,
  )) ?? { xact: 0, seq: 0 }

/** In the order in which every reader gets them. */
export const eventsAfter = (db: Queries, workspaceId: string, { after, limit }: { after: Position; limit: number }) =>
  db.many<Event>(
    sql`select xact, seq, kind, contact_id as "contactId", conversation_id as "conversationId",
          message_id as "messageId", created_at as "createdAt"
        from events where workspace_id = ${workspaceId} and (xact, seq) > (${after.xact}, ${after.seq})
          and xact < ${firstUnsettled(db)}
        order by xact, seq limit ${limit}`,
  )

/** Of the oldest rows, those from before `time`; resolves to how many there were. */
export const forgetEvents = (db: Queries, { before, limit }: { before: string; limit: number }) =>
  db.run(
    sql`delete from events where seq in (
          select seq from (select seq, created_at from events order by seq limit ${limit}) as oldest
          where created_at < ${before})`,
  )

/**
 * Rows that were copied from another database bear that one's transaction numbers. Those that this one has not reached
 * would stay hidden and then be out of order: they come first.
 */
export const adoptEvents = (db: Db) => db.run(sql`update events set xact = 0 where xact >= ${firstUnused(db)}`)
