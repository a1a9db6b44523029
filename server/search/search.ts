import { type Db, nest } from '../db/db.ts'
import { type Match, searchOf } from './engine.ts'
import { contextOf } from './context.ts'
import { contactsFound, conversationsFound, messagesFound, type FoundConversation } from './queries.ts'
import type { Searched } from './searched.ts'
import type { Query } from './terms.ts'

/** Where a group goes on: exact hits come first, then the rest; each part newest first. */
type Anchor = [isExact: number, seq: number]

export interface Ask {
  /** Of the index that is asked, and of the terms of the query. */
  version: number
  query: Query
  after: Anchor | undefined
  limit: number
  hasContext?: boolean
}

export interface FoundMessage {
  id: string
  conversationId: string
  contact: { id: string; name: string }
  contentPreview: string
  createdAt: string
  seq: number
  /** With its context only. */
  text?: string
}

const end = Number.MAX_SAFE_INTEGER

/** The contact whose address or name is just what was typed, then those in whom all words are found. */
export const searchContacts = async (
  db: Db,
  workspaceId: string,
  { version, query, after, limit, hasContext }: Ask,
) => {
  const { all, digits, exact } = query
  const find = (match: Match, before = end) =>
    searchOf(db).find(db, { workspaceId, table: 'contacts', version, match, before, limit })
  const [first, rest] = await Promise.all([
    after?.[0] === 0 ? [] : find({ all: [{ text: exact, isPrefix: false }] }, after?.[1]),
    find({ all, digits, not: exact }, after?.[0] === 0 ? after[1] : end),
  ])
  const rows = async (seqs: number[], isExact: 0 | 1) =>
    seqs.length === 0
      ? []
      : (await contactsFound(db, workspaceId, { seqs, hasContext })).map((row) => ({ ...row, isExact }))
  return [...(await rows(first, 1)), ...(await rows(rest.slice(0, limit - first.length), 0))]
}

/** Conversations by the words of their subject and their people, newest created first. */
export const searchConversations = async (db: Db, workspaceId: string, ask: Ask) => {
  const seqs = await findWords(db, { workspaceId, table: 'conversations', ask })
  if (seqs.length === 0) return []
  const rows = await conversationsFound(db, workspaceId, { seqs, hasContext: ask.hasContext })
  return ask.hasContext ? rows.map((row) => nest<FoundConversation>(row)) : rows
}

/** Messages by the words of their text, newest first by their own date. */
export const searchMessages = async (db: Db, workspaceId: string, ask: Ask) => {
  const seqs = await findWords(db, { workspaceId, table: 'messages', ask })
  if (seqs.length === 0) return []
  const rows = await messagesFound(db, workspaceId, { seqs, hasContext: ask.hasContext })
  const found = rows.map((row) => nest<FoundMessage>(row))
  if (!ask.hasContext) return found
  return Promise.all(found.map(async ({ text, ...row }) => ({ ...row, context: await contextOf(text!, ask) })))
}

interface Words {
  workspaceId: string
  table: Searched
  ask: Ask
}

const findWords = (db: Db, { workspaceId, table, ask: { version, query, after, limit } }: Words) =>
  searchOf(db).find(db, { workspaceId, table, version, match: { all: query.all }, before: after?.[1] ?? end, limit })
