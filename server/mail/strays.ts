import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { nothing, sql } from '../db/sql.ts'
import { emailKey } from '../email-address.ts'
import { forgetRaw, readRaw, shortenRaw, storeWithMessage } from '../messages/raw.ts'
import { addressesIn } from '../mime/addresses.ts'
import { headEnd } from '../mime/headers.ts'

/** A delivery report about a mail that nobody here has sent: its beginning is kept for the operator, and shown to no agent. */
export interface Stray {
  /** Like a message's, which it is not. */
  id: string
  workspaceId: string
  channelId: string | null
  /** In the words of the mail server. */
  reason: string
  /** Bytes that are kept. */
  size: number
  /** Bytes of the mail as it came. */
  receivedSize: number
  createdAt: string
}

const select = sql`select id, workspace_id as "workspaceId", channel_id as "channelId", reason, size,
  coalesce(received_size, size) as "receivedSize", created_at as "createdAt" from stray_reports`

/** The headers of a report and the beginning of its body; less where it names so many addresses that they cannot be recorded. */
export const beginningOf = (raw: Uint8Array): Uint8Array => {
  const head = headEnd(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  const emptyLine = raw[head] === 0x0d ? 2 : 1
  let kept = raw.subarray(0, Math.min(head + emptyLine, limits.reportHeaderBytes) + limits.reportBodyBytes)
  while (namesIn(kept).length > limits.strayNameCharacters) kept = kept.subarray(0, kept.length / 2)
  return kept
}

/** The addresses in what is kept of a report, in the form that `eraseFromStrays` looks for. */
export const namesIn = (kept: Uint8Array): string => [...addressesIn(kept)].join('\n')

export const insertStray = async (tx: Queries, row: Stray & { key: string; names: string }) => {
  await tx.run(
    sql`insert into stray_reports (id, workspace_id, channel_id, reason, mail_key, size, received_size, names, created_at)
        values (${row.id}, ${row.workspaceId}, ${row.channelId}, ${row.reason}, ${row.key}, ${row.size}, ${row.receivedSize},
          ${row.names}, ${row.createdAt})`,
  )
  for (const { id } of await surplusOf(tx, row.workspaceId, surplusAStep)) await deleteStray(tx, { ...row, id })
}

/** More than one, so that a workspace that has too many comes down to its limit. */
const surplusAStep = 2

/** Those beyond the newest. */
const surplusOf = (db: Queries, workspaceId: string, limit: number) =>
  db.many<Pick<Stray, 'id'>>(
    sql`select id from stray_reports where workspace_id = ${workspaceId}
        order by id desc limit ${limit} offset ${limits.strayReports}`,
  )

export const findStray = (db: Queries, id: string) => db.one<Stray>(sql`${select} where id = ${id}`)

/** Newest first. */
export const listStrays = (db: Queries, workspaceId?: string) =>
  db.many<Stray>(
    sql`${select} ${workspaceId === undefined ? nothing : sql`where workspace_id = ${workspaceId}`} order by id desc`,
  )

export const deleteStray = async (tx: Queries, { workspaceId, id }: Pick<Stray, 'workspaceId' | 'id'>) => {
  await forgetRaw(tx, workspaceId, id)
  await tx.run(sql`delete from stray_reports where workspace_id = ${workspaceId} and id = ${id}`)
}

type Key = Pick<Stray, 'workspaceId' | 'id'>

/** Forgets the old ones, each in a transaction of its own. */
export const forgetOldStrays = async (db: Db): Promise<void> => {
  const before = new Date(currentTime() - limits.strayLifetime).toISOString()
  const old = await db.many<Key>(
    sql`select workspace_id as "workspaceId", id from stray_reports where created_at < ${before}`,
  )
  for (const stray of old) await db.transaction((tx) => deleteStray(tx, stray))
}

/** Brings what older versions kept to today's limits, step by step; done anew at each start, until nothing is left. */
export const tidyStrays = async (db: Db): Promise<void> => {
  const crowded = await db.many<Pick<Stray, 'workspaceId'>>(
    sql`select workspace_id as "workspaceId" from stray_reports group by workspace_id having count(*) > ${limits.strayReports}`,
  )
  for (const { workspaceId } of crowded)
    for (const { id } of await surplusOf(db, workspaceId, Number.MAX_SAFE_INTEGER))
      await db.transaction((tx) => deleteStray(tx, { workspaceId, id }))
  const whole = await db.many<Pick<Stray, 'workspaceId'>>(
    sql`select distinct workspace_id as "workspaceId" from stray_reports where names is null`,
  )
  for (const { workspaceId } of whole) while (await db.transaction((tx) => cutOne(tx, workspaceId))) continue
}

/** A step of cutting one that is still whole; false when there is none. */
const cutOne = async (tx: Tx, workspaceId: string): Promise<boolean> => {
  const isWhole = sql`workspace_id = ${workspaceId} and names is null`
  const found = await tx.one<Key>(sql`select id from stray_reports where ${isWhole} order by id limit 1`)
  if (!found) return false
  const { id } = found
  const stray = await tx.one<Pick<Stray, 'size'>>(
    sql`select size from stray_reports where ${isWhole} and id = ${id} ${held(tx)}`,
  )
  // another process has just done it
  if (!stray) return true
  const { size } = stray
  const removed = await shortenRaw(tx, workspaceId, id)
  const change = { size: size - removed, names: null as string | null }
  if (removed === 0) {
    const raw = beginningOf((await readRaw(tx, workspaceId, id)) ?? Buffer.alloc(0))
    await forgetRaw(tx, workspaceId, id)
    await storeWithMessage(tx, { workspaceId, messageId: id, raw })
    Object.assign(change, { size: raw.length, names: namesIn(raw) })
  }
  await tx.run(
    sql`update stray_reports set received_size = coalesce(received_size, size), size = ${change.size},
          names = ${change.names} where workspace_id = ${workspaceId} and id = ${id}`,
  )
  return true
}

const straysAStep = 10

/** Forgets reports that name this address, a few at a time; false when none is left. What they do not name is not looked for. */
export const eraseFromStrays = async (tx: Tx, workspaceId: string, email: string): Promise<boolean> => {
  if (await cutOne(tx, workspaceId)) return true
  const [written, key] = [email.toLowerCase(), emailKey(email)].map(
    (text) => sql`names like ${`%${text.replace(/[!%_]/g, '!$&')}%`} escape '!'`,
  )
  const found = await tx.many<Key>(
    sql`select id from stray_reports where workspace_id = ${workspaceId} and (${written!} or ${key!}) limit ${straysAStep}`,
  )
  for (const { id } of found) await deleteStray(tx, { workspaceId, id })
  return found.length > 0
}
