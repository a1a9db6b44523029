import type { Db } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { listIndexes } from '../search/indexes.ts'
import { othersOf, participantsChanged, peopleIs, reindexConversations, reindexStep } from '../search/people.ts'
import type { Difference } from './check.ts'

interface Row {
  workspaceId: string
  contactId: string
  id: string
  stored: string
  expected: string
}

/** Whether conversations are found by the words of their participants. */
const checkOthers = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const differences: Difference[] = []
  const suspects = await db.many<{ workspaceId: string; id: string; stored: string }>(
    sql`select v.workspace_id as "workspaceId", v.id, v.others as stored from conversations v
        where v.others <> '' or exists (
          select 1 from participants p where p.workspace_id = v.workspace_id and p.conversation_id = v.id)`,
  )
  for (const { workspaceId, id, stored } of suspects) {
    const expected = await othersOf(db, workspaceId, id)
    if (expected === stored) continue
    if (repair) await db.transaction((tx) => participantsChanged(tx, workspaceId, id))
    differences.push({ table: 'conversations', workspaceId, id, field: 'others', stored, expected })
  }
  return differences
}

/** Whether conversations are found by the words that their contact has now, unless a job or a rebuild is at it. */
export const checkPeople = async (db: Db, repair: boolean): Promise<Difference[]> => {
  const indexes = await listIndexes(db)
  if (indexes.some(({ state }) => state === 'BUILDING') || indexes.every(({ version }) => version === 1)) return []
  const rows = await db.many<Row>(
    sql`select v.workspace_id as "workspaceId", c.id as "contactId", v.id, v.people as stored, ${peopleIs} as expected
        from conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
        where v.people <> ${peopleIs} and not exists (
          select 1 from jobs j where j.workspace_id = c.workspace_id and j.kind = ${reindexConversations} and j.subject_id = c.id)
        order by v.seq`,
  )
  if (repair)
    for (const { workspaceId, contactId } of rows) while (!(await reindexStep(db, workspaceId, contactId))) continue
  const others = await checkOthers(db, repair)
  const people = rows.map(({ workspaceId, id, stored, expected }) => ({
    table: 'conversations',
    workspaceId,
    id,
    field: 'people',
    stored,
    expected,
  }))
  return [...people, ...others]
}
