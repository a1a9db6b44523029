import type { Db } from '../db/db.ts'
import { limits } from '../limits.ts'
import { sql } from '../db/sql.ts'
import { previewOf } from '../messages/quoted.ts'
import type { Difference } from './check.ts'

const rowsAPage = 200

interface Row {
  seq: number
  id: string
  workspaceId: string
  contentText: string
  preview: string
}

export const checkPreviews = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const differences: Difference[] = []
  for (let rows = await page(db, 0); rows.length > 0; rows = await page(db, rows.at(-1)!.seq))
    for (const { id, workspaceId, contentText, preview } of rows) {
      const expected = previewOf(contentText)
      if (preview === expected) continue
      differences.push({ table: 'messages', workspaceId, id, field: 'preview', stored: preview, expected })
      if (repair)
        await db.run(sql`update messages set preview = ${expected} where workspace_id = ${workspaceId} and id = ${id}`)
    }
  return differences
}

const page = (db: Db, after: number) =>
  db.many<Row>(
    sql`select seq, id, workspace_id as "workspaceId", substr(content_text, 1, ${limits.indexedCharacters}) as "contentText", preview from messages
        where seq > ${after} order by seq limit ${rowsAPage}`,
  )
