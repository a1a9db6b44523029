import type { Db, Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { sql, type Sql } from '../db/sql.ts'
import { enqueue } from '../jobs/queries.ts'
import type { Worker } from '../jobs/work.ts'
import { conversationTerms, peopleOf, type ConversationText } from './terms.ts'
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
  const conversations = await tx.many<ConversationText & { seq: number }>(
    sql`select seq, subject, people, others from conversations
        where workspace_id = ${workspaceId} and contact_id = ${contact.id} and people <> ${people}
        limit ${conversationsAStep} ${held(tx)}`,
  )
  for (const conversation of conversations) await setPeople(tx, workspaceId, conversation, { people })
  return conversations.length < conversationsAStep
}

/** A conversation has other words of its people. */
export const setPeople = async (
  tx: Tx,
  workspaceId: string,
  conversation: ConversationText & { seq: number },
  changed: Partial<Pick<ConversationText, 'people' | 'others'>>,
): Promise<void> => {
  const { seq } = conversation
  const { people, others, ...rest } = { ...conversation, ...changed }
  await tx.run(
    sql`update conversations set people = ${people}, others = ${others} where workspace_id = ${workspaceId} and seq = ${seq}`,
  )
  await changeInSearch(
    tx,
    { workspaceId, table: 'conversations', seq },
    {
      before: (version) => conversationTerms(conversation, version),
      after: (version) => conversationTerms({ ...rest, people, others }, version),
    },
  )
}

/** Of participants whose words a conversation is found by. */
const searchedParticipants = 50

/** What `others` is to be; the conversation is that of this id. */
export const othersOf = async (db: Queries, workspaceId: string, conversationId: string): Promise<string> => {
  const rows = await db.many<{ name: string; address: string; key: string }>(
    sql`select name, address, email_key as key from participants
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
        order by since, email_key limit ${searchedParticipants}`,
  )
  return rows.flatMap(({ name, address, key }) => [name, address, key]).join('\n')
}

/** The participants of a conversation have changed. */
export const participantsChanged = async (tx: Tx, workspaceId: string, conversationId: string): Promise<void> => {
  const conversation = await tx.one<ConversationText & { seq: number }>(
    sql`select seq, subject, people, others from conversations
        where workspace_id = ${workspaceId} and id = ${conversationId} ${held(tx)}`,
  )
  const others = await othersOf(tx, workspaceId, conversationId)
  if (conversation && conversation.others !== others) await setPeople(tx, workspaceId, conversation, { others })
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
