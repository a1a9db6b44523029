import type { Db, Tx } from '../db/db.ts'
import { isAlone } from '../db/locks.ts'
import { sharedOrFail } from '../db/spelling.ts'
import { sql, verbatim } from '../db/sql.ts'
import { searchOf } from '../search/engine.ts'
import { indexesIn, type IndexState } from '../search/indexes.ts'
import type { Index, Searched } from '../search/searched.ts'
import { contactTerms, conversationTerms, peopleOf, type ConversationText } from '../search/terms.ts'
import { setPeople } from '../search/people.ts'
import { prepareMessages, storeMessages } from './messages.ts'

// One step: the next rows of a table go into the index that is being built, and its cursor behind them; with the last ones
// behind all that will ever come, which from then on is written to it. On PostgreSQL the rows are locked meanwhile, so that
// what is indexed is what is stored; a row that somebody else is changing makes the step fail.

/** SQLite takes about 0.1 ms for a row. */
const rowsAStep = 50

/** The cursor of a table whose rows are all in the index. */
export const end = Number.MAX_SAFE_INTEGER

/** A row in the index that is being built. */
export interface Indexed {
  workspaceId: string
  seq: number
  terms: string
}

/** Resolves to whether it did something: not while another process does. */
export const backfillStep = async (db: Db, table: Searched, version: number): Promise<boolean> => {
  if (table !== 'messages') return inStep(db, { table, version }, steps[table])
  const prepared = await prepareMessages(db, version)
  return inStep(db, { table, version }, (tx, index) => storeMessages(tx, index, prepared))
}

/** The next rows, and whether there are no more. */
export interface Some {
  rows: Indexed[]
  isLast: boolean
}

type Step = (tx: Tx, index: IndexState) => Promise<Some>

const inStep = (db: Db, { table, version }: Index, step: Step): Promise<boolean> =>
  db.transaction(async (tx) => {
    if (!(await isAlone(tx, 'search backfill'))) return false
    const index = (await indexesIn(tx)).find((each) => each.version === version && each.state === 'BUILDING')
    if (!index || index[table] === end) return true
    const { rows, isLast } = await step(tx, index)
    await searchOf(tx).addAll(tx, { table, version }, rows)
    const cursor = isLast ? end : (rows.at(-1)?.seq ?? index[table])
    await tx.run(
      sql`update search_indexes set ${verbatim(table)} = ${cursor}, rows_done = rows_done + ${rows.length}
          where version = ${version}`,
    )
    return true
  })

type Contact = Parameters<typeof contactTerms>[0]
type Conversation = Parameters<typeof peopleOf>[0] & ConversationText

const steps: Record<'contacts' | 'conversations', Step> = {
  contacts: async (tx, { version, contacts: after }) => {
    const rows = await tx.many<Contact & { seq: number; workspaceId: string }>(
      sql`select seq, workspace_id as "workspaceId", name, email, email_key as "emailKey", phone from contacts
          where seq > ${after} order by seq limit ${rowsAStep} ${sharedOrFail(tx)}`,
    )
    return {
      rows: rows.map((row) => ({ ...row, terms: contactTerms(row, version) })),
      isLast: rows.length < rowsAStep,
    }
  },
  conversations: async (tx, { version, conversations: after }) => {
    const rows = await tx.many<Conversation & { seq: number; workspaceId: string }>(
      sql`select v.seq, v.workspace_id as "workspaceId", v.subject, v.people, v.others, c.name, c.email, c.email_key as "emailKey"
          from conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
          where v.seq > ${after} order by v.seq limit ${rowsAStep} ${sharedOrFail(tx)}`,
    )
    for (const row of rows) await updatePeople(tx, row)
    return {
      rows: rows.map((row) => ({ ...row, terms: conversationTerms({ ...row, people: peopleOf(row) }, version) })),
      isLast: rows.length < rowsAStep,
    }
  },
}

/** Older versions have had none, or a change of the contact has not come to this conversation yet. */
const updatePeople = async (tx: Tx, row: Conversation & { seq: number; workspaceId: string }): Promise<void> => {
  const after = peopleOf(row)
  if (after !== row.people) await setPeople(tx, row.workspaceId, row, { people: after })
}
