import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Db, Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'

/** A larger insert would hold up the event loop and the write lock. */
const pieceBytes = 1024 * 1024

/** Mails up to this size are written with their message, larger ones piece by piece before it. */
const smallBytes = 256 * 1024

/** What is stored of a message besides its text: the mail as it came or, of one that the team wrote, its files in a row. */
export interface RawMail {
  workspaceId: string
  messageId: string
  raw: Uint8Array
}

const insertPiece = (tx: Queries, { workspaceId, messageId, raw }: RawMail, number: number) => {
  const bytes = raw.subarray(number * pieceBytes, (number + 1) * pieceBytes)
  return tx.run(
    sql`insert into mail_pieces (workspace_id, message_id, number, bytes) values (${workspaceId}, ${messageId}, ${number}, ${bytes})`,
  )
}

/** Whether it is stored ahead of its message. */
const isLarge = ({ raw }: Pick<RawMail, 'raw'>): boolean => raw.length > smallBytes

/** Stores what is too large to go into the message's own transaction; the message makes it visible. */
const storeAhead = async (db: Db, mail: RawMail): Promise<void> => {
  if (!isLarge(mail)) return
  for (let number = 0; number * pieceBytes < mail.raw.length; number++)
    await db.transaction((tx) => insertPiece(tx, mail, number))
}

export const storeWithMessage = async (tx: Queries, mail: RawMail): Promise<void> => {
  if (!isLarge(mail)) await insertPiece(tx, mail, 0)
}

/**
 * Runs `store`, which makes the message in a transaction, with what is too large for that stored ahead of it. What then belongs
 * to no message, because `store` failed or found one that was there (`isClaimed`), is taken back.
 */
export const keepRaw = async <T>(
  db: Db,
  mail: RawMail,
  { store, isClaimed }: { store(): Promise<T>; isClaimed(kept: T): boolean },
): Promise<T> => {
  if (!isLarge(mail)) return store()
  const forget = () => db.transaction((tx) => forgetUnclaimed(tx, mail.workspaceId, mail.messageId))
  try {
    await storeAhead(db, mail)
    const kept = await store()
    if (!isClaimed(kept)) await forget()
    return kept
  } catch (error) {
    // if this fails, too, `check --repair` finds what was stored ahead
    await forget().catch(() => {})
    throw error
  }
}

/** Undefined when the message did not come as a mail. */
export const readRaw = async (db: Queries, workspaceId: string, messageId: string): Promise<Buffer | undefined> => {
  const pieces = await db.many<{ bytes: Uint8Array }>(
    sql`select bytes from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId} order by number`,
  )
  return pieces.length === 0 ? undefined : Buffer.concat(pieces.map(({ bytes }) => bytes))
}

/** In bytes; undefined when the message did not come as a mail. */
export const rawSizeOf = async (db: Queries, workspaceId: string, messageId: string): Promise<number | undefined> =>
  (
    await db.one<{ size: number }>(
      sql`select mail_size as size from messages where workspace_id = ${workspaceId} and id = ${messageId} and mail_size is not null`,
    )
  )?.size

interface Span {
  messageId: string
  /** In bytes. */
  begin: number
  size: number
}

/** A part of it, piece by piece: each is read when the one before it has been taken. */
export const bytesIn = (db: Queries, workspaceId: string, span: Span): Readable =>
  Readable.from(piecesIn(db, workspaceId, span), { objectMode: false })

async function* piecesIn(db: Queries, workspaceId: string, { messageId, begin, size }: Span) {
  const end = begin + size
  for (let at = begin; at < end; at = (Math.floor(at / pieceBytes) + 1) * pieceBytes) {
    const number = Math.floor(at / pieceBytes)
    const piece = await db.one<{ bytes: Uint8Array }>(
      sql`select bytes from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId} and number = ${number}`,
    )
    if (!piece) throw new Error(`The message ${messageId} lacks bytes of a file: was its contact erased?`)
    yield piece.bytes.subarray(at - number * pieceBytes, end - number * pieceBytes)
    // SQLite answers at once and the system takes megabytes: others have their turn between two pieces
    await nextTurn()
  }
}

/** Pieces (as `p`) that were stored ahead of what then was not made: no message has them, and no stray report. */
export const isUnclaimed = sql`not exists (
    select 1 from messages m where m.workspace_id = p.workspace_id and m.id = p.message_id)
  and not exists (select 1 from stray_reports r where r.workspace_id = p.workspace_id and r.id = p.message_id)`

export const forgetUnclaimed = (tx: Queries, workspaceId: string, messageId: string) =>
  tx.run(
    sql`delete from mail_pieces as p
        where p.workspace_id = ${workspaceId} and p.message_id = ${messageId} and ${isUnclaimed}`,
  )

export const forgetRaw = (tx: Queries, workspaceId: string, messageId: string) =>
  tx.run(sql`delete from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId}`)
