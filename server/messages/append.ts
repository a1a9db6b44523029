import { currentTime } from '../current-time.ts'
import type { Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { waitAlone } from '../db/locks.ts'
import { newestVersion, termsOf } from '../search/terms.ts'
import { recountDelivery } from '../conversations/recount.ts'
import { addToSearch } from '../search/write.ts'
import type { Digest } from './digest.ts'
import { addUnread, insertMessage, lastSeq, newestSeq, showAsNewest, type NewMessageRow } from './queries.ts'

export const seqsPerMillisecond = 1024

export interface Place {
  workspaceId: string
  conversationId: string
  contactId: string
}

/** A message before it has its number, its preview and its defaults. */
export type Draft = Pick<NewMessageRow, 'direction' | 'senderType' | 'status' | 'contentText'> &
  Partial<
    Pick<
      NewMessageRow,
      'id' | 'agentId' | 'contentHtml' | 'attachments' | 'mail' | 'clientKey' | 'replyTo' | 'addresses'
    >
  > & {
    isNote?: boolean
    isUnread?: boolean
    isAutomatic?: boolean
    /** What From says, where that is not the contact. */
    from?: { name: string; address: string } | null
    claimsToBeOurs?: boolean
    /** Of an archived message, its own date. Any other one is new: it comes after all that is in the conversation. */
    date?: Date
    /** Of its text. */
    digest: Digest
  }

/** Every message of every channel is stored here, with all that follows from it in lists and search. */
export const append = async (tx: Tx, place: Place, draft: Draft) => {
  const { workspaceId, conversationId } = place
  const { digest } = draft
  const date = draft.date ?? (await dateAfterAll(tx, place))
  const row = messageRow(
    place,
    { ...draft, date, preview: digest.preview },
    await freeSeq(tx, date.getTime(), draft.date !== undefined),
  )
  await insertMessage(tx, workspaceId, row)
  await addToSearch(tx, { workspaceId, table: 'messages', seq: row.seq }, (version) =>
    version === newestVersion ? digest.terms : termsOf(row.contentText, version),
  )
  if (!row.isNote) await showAsNewest(tx, workspaceId, row, draft.date !== undefined)
  // an archived one may come before a later message
  if (draft.date && row.direction === 'OUTBOUND') await recountDelivery(tx, workspaceId, conversationId)
  if (row.isUnread) await addUnread(tx, workspaceId, conversationId)
  return row
}

/** Now or, where another process's clock is ahead of ours, when its newest message was written. */
const dateAfterAll = async (tx: Tx, { workspaceId, conversationId }: Place): Promise<Date> => {
  const newest = await newestSeq(tx, workspaceId, conversationId)
  return new Date(Math.max(currentTime(), Math.floor(newest / seqsPerMillisecond)))
}

/** A draft with its number and its defaults. */
export const messageRow = (
  { conversationId, contactId }: Place,
  { date, preview, ...draft }: Omit<Draft, 'digest'> & { date: Date; preview: string },
  seq: number,
): NewMessageRow => {
  const createdAt = date.toISOString()
  return {
    id: draft.id ?? newId('msg'),
    seq,
    conversationId,
    contactId,
    agentId: draft.agentId ?? null,
    direction: draft.direction,
    senderType: draft.senderType,
    isNote: draft.isNote ? 1 : 0,
    isUnread: draft.isUnread ? 1 : 0,
    isAutomatic: draft.isAutomatic ? 1 : 0,
    status: draft.status,
    contentText: draft.contentText,
    contentHtml: draft.contentHtml ?? null,
    preview,
    createdAt,
    sentAt: draft.status === 'SENT' ? createdAt : null,
    attachments: draft.attachments ?? [],
    mail: draft.mail ?? null,
    clientKey: draft.clientKey ?? null,
    addresses: draft.addresses ?? null,
    fromName: draft.from?.name ?? null,
    fromEmail: draft.from?.address ?? null,
    replyTo: draft.replyTo ?? null,
    claimsToBeOurs: draft.claimsToBeOurs ? 1 : 0,
  }
}

/**
 * The first free number of the message's millisecond, or, where that is full, of a later one. Several archived messages may
 * want the same one at once: each waits for those before it.
 */
const freeSeq = async (tx: Tx, milliseconds: number, isArchived: boolean): Promise<number> => {
  for (let step = 0; ; step = step * 2 + 1) {
    if (isArchived) await waitAlone(tx, `messages of ${milliseconds + step}`)
    const first = (milliseconds + step) * seqsPerMillisecond
    const last = await lastSeq(tx, first, first + seqsPerMillisecond)
    if (last === undefined) return first
    if (last + 1 < first + seqsPerMillisecond) return last + 1
  }
}
