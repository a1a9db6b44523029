import type { Tx } from '../db/db.ts'
import { append, type Draft, type Place } from './append.ts'

interface Written {
  agentId: string | null
  contentText: string
  contentHtml?: string | null
}

/** An answer to the customer, PENDING until a channel has sent it. */
export const reply = (tx: Tx, place: Place, written: Written) =>
  append(tx, place, { ...written, direction: 'OUTBOUND', senderType: 'AGENT', status: 'PENDING' })

/** Something that agents tell each other: changes no preview, is never unread, leaves by no channel. */
export const note = (tx: Tx, place: Place, written: Written) => {
  const draft: Draft = { ...written, direction: 'SYSTEM', senderType: 'AGENT', status: 'SENT', isNote: true }
  return append(tx, place, draft)
}
