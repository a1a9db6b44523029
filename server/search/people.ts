import type { Db, Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { sql, type Sql } from '../db/sql.ts'
import { enqueue } from '../jobs/queries.ts'
import type { Worker } from '../jobs/work.ts'
import { conversationTerms, peopleOf } from './terms.ts'
import { changeInSearch } from './write.ts'

// A conversation is found by the words of its contact, too. They are among its own terms, so a contact with another name or
// address costs as much as it has conversations: some at once, the others by a job.

export const reindexConversations = 'reindexConversations'

/** SQLite takes about 3 ms to index a conversation anew, and others wait for the write lock. */
const conversationsAStep = 4
/** Milliseconds after each failure. */
const waits = [1000, 10_000, 60_000, 600_000, 3_600_000]

/** What `peopleOf` gives for the contact `c`. */
export const peopleIs: Sql = sql`(c.name || case when c.email_key is null then '' else ${'\n'} || c.email || ${'\n'} || c.email_key end)`

/** The same for the contact of this id. */
export const peopleIn = (workspaceId: string, contactId: string): Sql =>
  sql`(select ${peopleIs} from contacts c where c.workspace_id = ${workspaceId} and c.id = ${contactId})`

/** The contact, which the transaction holds, has other words, or other conversations: these get its words. */
export const contactChanged = async (tx: Tx, workspaceId: string, contact: Contact): Promise<void> => {
  if (!(await reindexSome(tx, workspaceId, contact)))
    await enqueue(tx, workspaceId, { kind: reindexConversations, subjectId: contact.id })
}

type Contact = Parameters<typeof peopleOf>[0] & { id: string }

/** Resolves to whether all conversations of the contact have its words. */
const reindexSome = async (tx: Tx, workspaceId: string, contact: Contact): Promise<boolean> => {
  const people = peopleOf(contact)
  const conversations = await tx.many<{ seq: number; subject: string; people: string }>(
    sql`select seq, subject, people from conversations
        where workspace_id = ${workspaceId} and contact_id = ${contact.id} and people <> ${people}
        limit ${conversationsAStep} ${held(tx)}`,
  )
  for (const conversation of conversations) await setPeople(tx, workspaceId, { ...conversation, after: people })
  return conversations.length < conversationsAStep
}

/** The conversation has the words `after` instead of `people`. */
export const setPeople = async (
  tx: Tx,
  workspaceId: string,
  { seq, subject, people, after }: { seq: number; subject: string; people: string; after: string },
): Promise<void> => {
  await tx.run(sql`update conversations set people = ${after} where workspace_id = ${workspaceId} and seq = ${seq}`)
  await changeInSearch(
    tx,
    { workspaceId, table: 'conversations', seq },
    {
      before: (version) => conversationTerms({ subject, people }, version),
      after: (version) => conversationTerms({ subject, people: after }, version),
    },
  )
}

/** One step of what is left; resolves to whether that was the last one. */
export const reindexStep = (db: Db, workspaceId: string, contactId: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const contact = await tx.one<Contact>(
      sql`select id, name, email, email_key as "emailKey" from contacts
          where workspace_id = ${workspaceId} and id = ${contactId} ${held(tx)}`,
    )
    return !contact || (await reindexSome(tx, workspaceId, contact))
  })

export const conversationReindexer = (db: Db): Worker => ({
  queueOf: async (_: Queries, { workspaceId }) => `${workspaceId} search`,
  run: async ({ workspaceId, subjectId }, signal) => {
    while (!(await reindexStep(db, workspaceId, subjectId))) signal.throwIfAborted()
    return async () => {}
  },
  waits,
  giveUp: () => async () => {},
})
