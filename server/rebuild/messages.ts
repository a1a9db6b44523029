import type { Db, Tx } from '../db/db.ts'
import { oursOrFail, sharedOrFail } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import { limits } from '../limits.ts'
import { previewOf } from '../messages/quoted.ts'
import { listIndexes, type IndexState } from '../search/indexes.ts'
import { longTermsOf } from '../search/long-terms.ts'
import { listOf } from '../search/terms.ts'
import type { Indexed, Some } from './backfill.ts'

/** SQLite takes about 2 µs for a word: a step takes so many, and at least one message. */
const rowsAStep = 50
const termsAStep = 2500

interface Prepared extends Indexed {
  /** The text's: it is only ever cut short. */
  length: number
  preview: string
}

const text = sql`substr(content_text, 1, ${limits.indexedCharacters})`

/** What the next messages are found by, made before anything is locked: of a long text on a worker thread. */
export const prepareMessages = async (db: Db, version: number): Promise<Prepared[]> => {
  const index = (await listIndexes(db)).find((each) => each.version === version)
  const rows = await db.many<Omit<Prepared, 'terms' | 'preview'> & { text: string }>(
    sql`select seq, workspace_id as "workspaceId", ${text} as text, length(content_text) as length from messages
        where seq > ${index?.messages ?? 0} order by seq limit ${rowsAStep}`,
  )
  const prepared: Prepared[] = []
  let count = 0
  for (const row of rows) {
    const terms = await longTermsOf(row.text, version)
    count += listOf(terms).length
    if (prepared.length > 0 && count > termsAStep) break
    prepared.push({ ...row, terms, preview: previewOf(row.text) })
  }
  return prepared
}

interface Row {
  seq: number
  workspaceId: string
  conversationId: string
  contactId: string
  length: number
  preview: string
}

/**
 * Those of the next messages that are as they were when they were prepared, up to one that is not: an import stores mails
 * between others. Their previews are made anew with them.
 */
export const storeMessages = async (tx: Tx, { messages: after }: IndexState, prepared: Prepared[]): Promise<Some> => {
  const rows = await tx.many<Row>(
    sql`select seq, workspace_id as "workspaceId", conversation_id as "conversationId", contact_id as "contactId",
          length(content_text) as length, preview
        from messages where seq > ${after} order by seq limit ${prepared.length + 1} ${sharedOrFail(tx)}`,
  )
  const known = new Map(prepared.map((each) => [each.seq, each]))
  const ready: Prepared[] = []
  for (const row of rows) {
    const found = known.get(row.seq)
    if (found?.length !== row.length) break
    ready.push(found)
    if (found.preview !== row.preview) await setPreview(tx, row, found.preview)
  }
  return { rows: ready, isLast: ready.length === rows.length }
}

const setPreview = async (tx: Tx, { workspaceId, conversationId, contactId, seq }: Row, preview: string) => {
  const contact = sql`workspace_id = ${workspaceId} and id = ${contactId}`
  const conversation = sql`workspace_id = ${workspaceId} and id = ${conversationId}`
  await tx.one(sql`select seq from contacts where ${contact} ${oursOrFail(tx)}`)
  await tx.one(sql`select seq from conversations where ${conversation} ${oursOrFail(tx)}`)
  await tx.run(sql`update messages set preview = ${preview} where workspace_id = ${workspaceId} and seq = ${seq}`)
  await tx.run(
    sql`update conversations set last_message_preview = ${preview} where ${conversation} and last_message_seq = ${seq}`,
  )
  await tx.run(
    sql`update contacts set last_message_preview = ${preview} where ${contact} and last_message_seq = ${seq}`,
  )
}
