import { limits } from '../limits.ts'
import type { Db, Queries } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { fail } from '../errors.ts'
import type { Upload } from '../http/uploads.ts'
import { attachmentsOf, type NewAttachment, type StoredAttachment } from './queries.ts'
import { bytesIn, keepRaw, storeWithMessage } from './raw.ts'

/** A message that is to be made, with the files that were sent along. */
export interface WithFiles {
  /** Made before it, so that large files can be stored ahead under it. */
  id: string
  attachments: NewAttachment[]
  /** In the message's own transaction. */
  storeFiles(tx: Queries): Promise<void>
}

interface Given {
  workspaceId: string
  uploads: Upload[]
}

/** Runs `store`, which makes the message; what it does not claim by `storeFiles` is not kept. */
export const keepFiles = async <T>(
  db: Db,
  { workspaceId, uploads }: Given,
  store: (message: WithFiles) => Promise<T>,
): Promise<T> => {
  const messageId = newId('msg')
  let end = 0
  const attachments = uploads.map(({ name, contentType, size }) => {
    end += size
    return { name, contentType, size, beginsAt: end - size }
  })
  const mail = { workspaceId, messageId, raw: Buffer.concat(uploads.flatMap(({ chunks }) => chunks)) }
  let isClaimed = false
  const storeFiles = async (tx: Queries) => {
    isClaimed = true
    if (uploads.length > 0) await storeWithMessage(tx, mail)
  }
  return keepRaw(db, mail, {
    store: () => store({ id: messageId, attachments, storeFiles }),
    isClaimed: () => isClaimed,
  })
}

/** Throws `invalid_request` (400), `body_too_large` (413). */
export const assertFiles = ({ files, isTooLarge }: { files: Upload[]; isTooLarge: boolean }): void => {
  if (isTooLarge) fail('body_too_large', { limit: limits.uploadBytes })
  if (files.length > limits.uploadFiles)
    fail('invalid_request', { sentence: `attachments must hold at most ${limits.uploadFiles} files.` })
}

/** A file that was stored as such; undefined where there is none, or a part of a mail. */
export const fileOf = async (
  db: Queries,
  workspaceId: string,
  { messageId, number }: { messageId: string; number: string },
) => {
  const files = await attachmentsOf(db, workspaceId, [messageId])
  const file = files.find((each) => String(each.number) === number)
  const content = file && contentOf(db, workspaceId, file)
  return content && { name: file.name, size: file.size, content }
}

/** Its content as it is stored; undefined for a part of a mail. */
export const contentOf = (
  db: Queries,
  workspaceId: string,
  { messageId, size, beginsAt: begin }: Pick<StoredAttachment, 'size' | 'beginsAt'> & { messageId: string },
): AsyncIterable<Uint8Array> | undefined =>
  begin === null ? undefined : bytesIn(db, workspaceId, { messageId, begin, size })
