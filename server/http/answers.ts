import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'

/** Which answer: a client's Idempotency-Key counts for the key or session that it came with. */
export interface AnswerName {
  callerId: string
  idempotencyKey: string
}

/** An answer as it was sent, and what it was an answer to. */
export interface Answer {
  status: number
  /** JSON, byte for byte. */
  body: string
  requestHash: string
  /** Whom it tells of: it goes when they are erased. */
  contactId: string | null
}

/** One that was stored at `since` or later. */
export const findAnswer = (db: Queries, workspaceId: string, name: AnswerName & { since: string }) =>
  db.one<Answer>(
    sql`select status, body, request_hash as "requestHash", contact_id as "contactId" from answers
        where workspace_id = ${workspaceId} and caller_id = ${name.callerId}
          and idempotency_key = ${name.idempotencyKey} and created_at >= ${name.since}`,
  )

/** In the place of one that has become too old, if there is such a one. */
export const storeAnswer = (tx: Queries, workspaceId: string, answer: AnswerName & Answer & { createdAt: string }) =>
  tx.run(
    sql`insert into answers (workspace_id, caller_id, idempotency_key, request_hash, contact_id, status, body, created_at)
        values (${workspaceId}, ${answer.callerId}, ${answer.idempotencyKey}, ${answer.requestHash}, ${answer.contactId},
          ${answer.status}, ${answer.body}, ${answer.createdAt})
        on conflict (workspace_id, caller_id, idempotency_key) do update set request_hash = excluded.request_hash,
          contact_id = excluded.contact_id, status = excluded.status, body = excluded.body,
          created_at = excluded.created_at`,
  )

/** Of every workspace, oldest first; resolves to how many there were. */
export const deleteAnswersBefore = (db: Queries, { before, most }: { before: string; most: number }) =>
  db.run(
    sql`delete from answers where (workspace_id, caller_id, idempotency_key) in
          (select workspace_id, caller_id, idempotency_key from answers where created_at < ${before}
           order by created_at limit ${most})`,
  )
