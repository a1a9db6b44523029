import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import type { Entry } from './engine.ts'

const codeCharacters = 4

/** A workspace's code in front of a term: four characters of [0-9a-z], for up to 1,679,616 workspaces. */
export const encode = (workspaceSeq: number, term: string): string => codeOf(workspaceSeq) + term

const codeOf = (workspaceSeq: number): string => workspaceSeq.toString(36).padStart(codeCharacters, '0')

/** By the id of a workspace, which keeps its number for good. */
const codes = new Map<string, string>()

export const encoderOf = async (db: Queries, workspaceId: string): Promise<(term: string) => string> => {
  let code = codes.get(workspaceId)
  if (code === undefined) {
    const workspace = await db.one<{ seq: number }>(sql`select seq from workspaces where id = ${workspaceId}`)
    if (!workspace) throw new Error(`no workspace ${workspaceId}`)
    codes.set(workspaceId, (code = codeOf(workspace.seq)))
  }
  return (term) => code + term
}

/** Those of the entries that have terms, spelled with the code of their workspace. */
export const spell = async <E extends Pick<Entry, 'workspaceId' | 'terms'>>(
  db: Queries,
  entries: E[],
): Promise<E[]> => {
  const spelled: E[] = []
  for (const entry of entries)
    if (entry.terms.length > 0) {
      const encoded = await encoderOf(db, entry.workspaceId)
      spelled.push({ ...entry, terms: entry.terms.map(encoded) })
    }
  return spelled
}
