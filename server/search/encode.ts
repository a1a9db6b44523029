import type { Queries } from '../db/db.ts'
import { sql, type Sql, type Value } from '../db/sql.ts'

const codeCharacters = 4

/** A workspace's code stands in front of each of its terms: four characters of [0-9a-z], for up to 1,679,616 workspaces. */
const codeOfSeq = (workspaceSeq: number): string => workspaceSeq.toString(36).padStart(codeCharacters, '0')

/** By the id of a workspace, which keeps its number for good. */
const codes = new Map<string, string>()

export const codeOf = async (db: Queries, workspaceId: string): Promise<string> => {
  let code = codes.get(workspaceId)
  if (code === undefined) {
    const workspace = await db.one<{ seq: number }>(sql`select seq from workspaces where id = ${workspaceId}`)
    if (!workspace) throw new Error(`no workspace ${workspaceId}`)
    codes.set(workspaceId, (code = codeOfSeq(workspace.seq)))
  }
  return code
}

/** Each of the terms with the code in front. The database writes it there: a message has hundreds of them. */
export const encoded = (code: Value | Sql, terms: Value | Sql): Sql =>
  sql`${code} || replace(${terms}, ' ', ' ' || ${code})`

/** What `encoded` makes of them, where there is something. */
export const encode = (workspaceSeq: number, terms: string): string => {
  const code = codeOfSeq(workspaceSeq)
  return terms === '' ? '' : code + terms.split(' ').join(` ${code}`)
}
