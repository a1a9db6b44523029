import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { currentTime } from '../current-time.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import { createContact } from '../contacts/create.ts'
import { openConversation } from '../conversations/open.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { composeMail } from '../email/libraries.ts'
import type { Upload } from '../http/uploads.ts'
import { findByMailKey } from '../mail/queries.ts'
import { digestOf, type Digest } from '../messages/digest.ts'
import { keepRaw, storeWithMessage } from '../messages/raw.ts'
import { receive } from '../messages/receive.ts'
import type { Submission } from './check.ts'

interface Arrival {
  channel: ChannelRow
  submission: Submission
  /** Of our own page: each page is one message, however often and late it is sent. */
  token: string | undefined
}

export interface Kept {
  id: string
  isNew: boolean
}

/**
 * Resolves when the message is on disk; the same post again finds the message that it was before. Files are kept as those of
 * mails are: in a raw mail that is made here, stored ahead of the message where it is large.
 */
export const keepPost = async (db: Db, arrival: Arrival): Promise<Kept> => {
  const { channel, submission } = arrival
  const { workspaceId } = channel
  const keys = keysOf(arrival)
  const known = await findKnown(db, workspaceId, keys)
  if (known) return known
  const messageId = newId('msg')
  const mail = { workspaceId, messageId, raw: await asMail(submission, messageId) }
  const digest = await digestOf(submission.text)
  return keepRaw(db, mail, {
    store: () => db.transaction((tx) => storePost(tx, { channel, submission, digest, keys, mail })),
    isClaimed: ({ isNew }) => isNew,
  })
}

/** The newest first; the one it is stored under. */
type Keys = [string, ...string[]]

/** What makes two posts one: the same page sent twice, and without a page the same content within a short time. */
const keysOf = ({ channel, submission, token }: Arrival): Keys => {
  const { email, name, subject, text, files } = submission
  const content = [channel.id, email, name ?? '', subject, text, files.map((file) => [file.name, file.hash])]
  const key = (which: string | number) =>
    createHash('sha256')
      .update(JSON.stringify([which, content]))
      .digest('hex')
  const window = Math.floor(currentTime() / limits.formRepeat)
  return token === undefined ? [key(window), key(window - 1)] : [key(token)]
}

const findKnown = async (db: Queries, workspaceId: string, keys: Keys): Promise<Kept | undefined> => {
  for (const key of keys) {
    const known = await findByMailKey(db, workspaceId, key)
    if (known) return { id: known.messageId, isNew: false }
  }
  return undefined
}

interface Ready {
  channel: ChannelRow
  submission: Submission
  digest: Digest
  keys: Keys
  mail: { workspaceId: string; messageId: string; raw: Buffer }
}

/** The same rule as for every other channel; each post opens a conversation: who sent it, nobody has proved. */
const storePost = async (tx: Tx, { channel, submission, digest, keys, mail }: Ready): Promise<Kept> => {
  const { workspaceId, messageId, raw } = mail
  const known = await findKnown(tx, workspaceId, keys)
  if (known) return known
  const { email, name, subject, text, files } = submission
  const { contact } = await createContact(tx, workspaceId, { email, name, source: 'FORM' })
  const conversationId = await openConversation(tx, workspaceId, {
    contactId: contact.id,
    subject,
    status: 'OPEN',
    source: 'FORM',
    channelId: channel.id,
  })
  const message = {
    id: messageId,
    contentText: text,
    digest,
    attachments: files,
    mail: { id: null, key: keys[0], size: raw.length },
  }
  await receive(tx, { workspaceId, conversationId, contactId: contact.id }, message, { isNews: true })
  await storeWithMessage(tx, mail)
  return { id: messageId, isNew: true }
}

/** A mail of the customer's with these files. Whatever a stranger calls a file's type, in it a file is only bytes. */
const asMail = ({ email, name, subject, text, files }: Submission, messageId: string): Promise<Buffer> =>
  composeMail({
    from: { name: name ?? '', address: email },
    subject,
    text,
    messageId: `<${messageId}@no-address.invalid>`,
    attachments: files.map((file) => ({
      filename: file.name,
      content: Readable.from(inTurns(file)),
      contentType: 'application/octet-stream',
      contentDisposition: 'attachment',
      contentTransferEncoding: 'base64',
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
    .compile()
    .build()

/** Lets others have their turn between the chunks: 25 MB at once would hold up the event loop. */
async function* inTurns({ chunks }: Upload) {
  for (const chunk of chunks) {
    await setImmediate()
    yield chunk
  }
}
