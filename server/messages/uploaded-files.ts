import { currentTime, timestamp } from '../current-time.ts'
import { Type, type Static } from 'typebox'
import type { Db, Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { list, sql } from '../db/sql.ts'
import { fail } from '../errors.ts'
import { id, time } from '../http/schema.ts'
import type { Room, Upload } from '../http/uploads.ts'
import { limits } from '../limits.ts'
import { forgetRaw, keepRaw, readRaw, storeWithMessage } from './raw.ts'

const uploadedFile = Type.Object(
  {
    id: id('fil'),
    name: Type.String({ examples: ['invoice.pdf'] }),
    contentType: Type.String(),
    size: Type.Integer({ description: 'Bytes.' }),
    createdAt: time,
  },
  { title: 'UploadedFile' },
)
export type UploadedFile = Static<typeof uploadedFile>
export const oneFile = Type.Object({ file: uploadedFile })

const columns = sql`id, name, content_type as "contentType", size, created_at as "createdAt"`

interface NewFile {
  workspaceId: string
  callerId: string
  upload: Upload
}

/** Runs `store`, which stores the row in a transaction by `storeFile`; without its row nothing of the file is kept. */
export const keepFile = async <T>(
  db: Db,
  { workspaceId, callerId, upload }: NewFile,
  store: (storeFile: (tx: Tx) => Promise<UploadedFile>) => Promise<T>,
): Promise<T> => {
  const fileId = newId('fil')
  const raw = { workspaceId, messageId: fileId, raw: Buffer.concat(upload.chunks) }
  let isClaimed = false
  const storeFile = async (tx: Tx) => {
    await assertQuota(tx, workspaceId, { callerId, size: upload.size })
    await storeWithMessage(tx, raw)
    isClaimed = true
    return insertFile(tx, workspaceId, { id: fileId, callerId, upload })
  }
  return keepRaw(db, raw, { store: () => store(storeFile), isClaimed: () => isClaimed })
}

/** Throws `too_many_files` (409). */
const assertQuota = async (tx: Tx, workspaceId: string, { callerId, size }: { callerId: string; size: number }) => {
  const { own, all } = (await tx.one<{ own: number; all: number }>(
    sql`select cast(coalesce(sum(case when caller_id = ${callerId} then size else 0 end), 0) as bigint) as own,
          cast(coalesce(sum(size), 0) as bigint) as "all" from uploaded_files where workspace_id = ${workspaceId}`,
  ))!
  const limit = own + size > limits.fileBytesOfCaller ? limits.fileBytesOfCaller : limits.fileBytesOfWorkspace
  if (own + size > limits.fileBytesOfCaller || all + size > limits.fileBytesOfWorkspace)
    fail('too_many_files', { limit })
}

const insertFile = async (
  tx: Tx,
  workspaceId: string,
  { id: fileId, callerId, upload }: { id: string; callerId: string; upload: Upload },
) =>
  (await tx.one<UploadedFile>(
    sql`insert into uploaded_files (workspace_id, id, caller_id, name, content_type, size, hash, created_at)
        values (${workspaceId}, ${fileId}, ${callerId}, ${upload.name}, ${upload.contentType}, ${upload.size},
          ${upload.hash}, ${timestamp()}) returning ${columns}`,
  ))!

/** Those of them that are there, with their bytes, which take of the room. */
export const uploadsOf = async (
  db: Db,
  workspaceId: string,
  { ids, held, room }: { ids: string[]; held: { held: number }; room: Room },
): Promise<Upload[]> => {
  const found = await db.many<UploadedFile & { hash: string }>(
    sql`select ${columns}, hash from uploaded_files where workspace_id = ${workspaceId} and id in (${list(ids)})`,
  )
  const size = found.reduce((sum, file) => sum + file.size, 0)
  if (size > limits.uploadBytes)
    fail('invalid_request', { sentence: `attachmentIds must name at most ${limits.uploadBytes} bytes of files.` })
  if (room.taken + size > limits.uploadBytesAtOnce) fail('uploads_busy')
  room.taken += size
  held.held += size
  const uploads: Upload[] = []
  for (const fileId of ids) {
    const file = found.find((each) => each.id === fileId)
    if (file) uploads.push({ ...file, chunks: [(await readRaw(db, workspaceId, fileId)) ?? Buffer.alloc(0)] })
  }
  return uploads
}

/** From now on the message has them. Throws `file_not_found` (404). */
export const claimFiles = async (tx: Tx, workspaceId: string, ids: string[]): Promise<void> => {
  for (const fileId of ids) if ((await deleteFile(tx, workspaceId, fileId)) === 0) fail('file_not_found')
}

/** Resolves to 0 where there is none. */
export const deleteFile = async (tx: Queries, workspaceId: string, fileId: string): Promise<number> => {
  const deleted = await tx.run(sql`delete from uploaded_files where workspace_id = ${workspaceId} and id = ${fileId}`)
  if (deleted > 0) await forgetRaw(tx, workspaceId, fileId)
  return deleted
}

/** Deletes files that no message has taken for a day, each in a transaction of its own, until none is left or `isOver`. */
export const forgetOldFiles = async (db: Db, isOver = () => false): Promise<void> => {
  const before = new Date(currentTime() - limits.fileLifetime).toISOString()
  while (!isOver()) {
    const old = await db.one<{ workspaceId: string; id: string }>(
      sql`select workspace_id as "workspaceId", id from uploaded_files where created_at < ${before}
          order by created_at limit 1`,
    )
    if (!old) return
    await db.transaction((tx) => deleteFile(tx, old.workspaceId, old.id))
  }
}
