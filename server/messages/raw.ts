import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Db, Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'

/** What is read at once: more would hold up the event loop. What older versions have stored is in pieces of 1 MiB. */
const pieceBytes = 128 * 1024

/** What is stored at once ahead of a message: more would hold up the write lock, too. */
const aheadBytes = 8 * pieceBytes

/** Mails up to this size are written with their message, larger ones piece by piece before it. */
const smallBytes = 256 * 1024

/** What is deleted at once; older versions have stored pieces of 1 MiB. */
const piecesAStep = 4

/** What is stored of a message besides its text: the mail as it came or, of one that the team wrote, its files in a row. */
export interface RawMail {
  workspaceId: string
  messageId: string
  raw: Uint8Array
}

/** Those that begin from `begin` up to, not including, `end`. */
const insertPieces = async (
  tx: Queries,
  { workspaceId, messageId, raw }: RawMail,
  { begin, end }: { begin: number; end: number },
) => {
  for (let at = begin; at < Math.min(end, raw.length); at += pieceBytes)
    await tx.run(
      sql`insert into mail_pieces (workspace_id, message_id, number, bytes)
          values (${workspaceId}, ${messageId}, ${at / pieceBytes}, ${raw.subarray(at, at + pieceBytes)})`,
    )
}

/** Whether it is stored ahead of its message. */
const isLarge = ({ raw }: Pick<RawMail, 'raw'>): boolean => raw.length > smallBytes

/** Stores what is too large to go into the message's own transaction; the message makes it visible. */
const storeAhead = async (db: Db, mail: RawMail): Promise<void> => {
  if (!isLarge(mail)) return
  for (let begin = 0; begin < mail.raw.length; begin += aheadBytes)
    await db.transaction((tx) => insertPieces(tx, mail, { begin, end: begin + aheadBytes }))
}

export const storeWithMessage = async (tx: Queries, mail: RawMail): Promise<void> => {
  if (!isLarge(mail)) await insertPieces(tx, mail, { begin: 0, end: mail.raw.length })
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

/** Deletes the last pieces, but never the first; resolves to the bytes in them, 0 when only the first is left. */
export const shortenRaw = async (tx: Queries, workspaceId: string, messageId: string): Promise<number> => {
  const own = sql`from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId}`
  const last = await tx.many<{ number: number; size: number }>(
    sql`select number, octet_length(bytes) as size ${own} and number > 0 order by number desc limit ${piecesAStep}`,
  )
  if (last.length > 0) await tx.run(sql`delete ${own} and number >= ${last.at(-1)!.number}`)
  return last.reduce((sum, { size }) => sum + size, 0)
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
export async function* bytesIn(
  db: Queries,
  workspaceId: string,
  { messageId, begin, size }: Span,
): AsyncGenerator<Uint8Array> {
  const piece = (number: number) =>
    sql`from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId} and number = ${number}`
  const first = await db.one<{ size: number }>(sql`select octet_length(bytes) as size ${piece(0)}`)
  const each = first?.size ?? pieceBytes
  const end = begin + size
  for (let at = begin; at < end; at = (Math.floor(at / each) + 1) * each) {
    const number = Math.floor(at / each)
    const found = await db.one<{ bytes: Uint8Array }>(sql`select bytes ${piece(number)}`)
    if (!found) throw new Error(`The message ${messageId} lacks bytes of a file: was its contact erased?`)
    yield found.bytes.subarray(at - number * each, end - number * each)
    // SQLite answers at once and the system takes megabytes: others have their turn between two pieces
    await nextTurn()
  }
}

/** Pieces (as `p`) that were stored ahead of what then was not made: no message has them, no stray report and no uploaded file. */
export const isUnclaimed = sql`not exists (
    select 1 from messages m where m.workspace_id = p.workspace_id and m.id = p.message_id)
  and not exists (select 1 from stray_reports r where r.workspace_id = p.workspace_id and r.id = p.message_id)
  and not exists (select 1 from uploaded_files f where f.workspace_id = p.workspace_id and f.id = p.message_id)`

export const forgetUnclaimed = (tx: Queries, workspaceId: string, messageId: string) =>
  tx.run(
    sql`delete from mail_pieces as p
        where p.workspace_id = ${workspaceId} and p.message_id = ${messageId} and ${isUnclaimed}`,
  )

export const forgetRaw = (tx: Queries, workspaceId: string, messageId: string) =>
  tx.run(sql`delete from mail_pieces where workspace_id = ${workspaceId} and message_id = ${messageId}`)
