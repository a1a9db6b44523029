import type { Queries } from '../db/db.ts'
import { sql } from '../db/sql.ts'

const codeCharacters = 4

/** A workspace's code in front of a term: four characters of [0-9a-z], for up to 1,679,616 workspaces. */
export const encode = (workspaceSeq: number, term: string): string =>
  workspaceSeq.toString(36).padStart(codeCharacters, '0') + term

export const encoderOf = async (db: Queries, workspaceId: string): Promise<(term: string) => string> => {
  const workspace = await db.one<{ seq: number }>(sql`select seq from workspaces where id = ${workspaceId}`)
  if (!workspace) throw new Error(`no workspace ${workspaceId}`)
  return (term) => encode(workspace.seq, term)
}

/** The encoder of each of these workspaces, each asked for once. */
export const encodersOf = async (db: Queries, workspaceIds: Iterable<string>) => {
  const encoders = new Map<string, (term: string) => string>()
  for (const id of new Set(workspaceIds)) encoders.set(id, await encoderOf(db, id))
  return encoders
}
