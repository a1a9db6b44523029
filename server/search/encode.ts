import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import type { Entry } from './engine.ts'

const codeCharacters = 4

/** A workspace's code in front of a term: four characters of [0-9a-z], for up to 1,679,616 workspaces. */
export const encode = (workspaceSeq: number, term: string): string => codeOf(workspaceSeq) + term

const codeOf = (workspaceSeq: number): string => workspaceSeq.toString(36).padStart(codeCharacters, '0')

export const encoderOf = async (db: Queries, workspaceId: string): Promise<(term: string) => string> => {
  const workspace = await db.one<{ seq: number }>(sql`select seq from workspaces where id = ${workspaceId}`)
  if (!workspace) throw new Error(`no workspace ${workspaceId}`)
  const code = codeOf(workspace.seq)
  return (term) => code + term
}

/** Those of the entries that have terms, spelled with the code of their workspace, which is asked for once for each. */
export const spell = async <E extends Pick<Entry, 'workspaceId' | 'terms'>>(
  db: Queries,
  entries: E[],
): Promise<E[]> => {
  const withTerms = entries.filter(({ terms }) => terms.length > 0)
  const encoders = new Map<string, (term: string) => string>()
  for (const id of new Set(withTerms.map(({ workspaceId }) => workspaceId))) encoders.set(id, await encoderOf(db, id))
  return withTerms.map((entry) => ({ ...entry, terms: entry.terms.map(encoders.get(entry.workspaceId)!) }))
}
