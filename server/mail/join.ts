import { recountContact } from '../contacts/recount.ts'
import { recountConversation } from '../conversations/recount.ts'
import type { Queries, Tx } from '../db/db.ts'
import { held } from '../db/spelling.ts'
import { list, sql } from '../db/sql.ts'
import { record } from '../events/queries.ts'
import { limits } from '../limits.ts'
import { participantsChanged } from '../search/people.ts'
import { conversationTerms } from '../search/terms.ts'
import { removeFromSearch } from '../search/write.ts'

interface Several {
  contactId: string
  ids: string[]
  /** Where the mail belongs in any case. */
  answer: string | undefined
}

/**
 * The mail that was missing between conversations of one contact has come: they are one. What an agent has answered,
 * assigned or noted in keeps its id, and stays apart from another such conversation. Resolves to where the mail belongs.
 * The contact must be locked.
 */
export const joinConversations = async (tx: Tx, workspaceId: string, several: Several): Promise<string> => {
  const { contactId, answer } = several
  const found = await lockAll(tx, workspaceId, several)
  const kept = found.find(({ id }) => id === answer) ?? found.find(({ isInUse }) => isInUse) ?? found[0]!
  const joined = found.filter((one) => one !== kept && !one.isInUse && !one.isLarge)
  for (const each of joined) await move(tx, workspaceId, { each, into: kept.id })
  if (joined.length > 0) {
    if (joined.some(({ status }) => status === 'OPEN'))
      await tx.run(
        sql`update conversations set status = 'OPEN' where workspace_id = ${workspaceId} and id = ${kept.id}`,
      )
    await participantsChanged(tx, workspaceId, kept.id)
    await recountConversation(tx, workspaceId, kept.id)
    await recountContact(tx, workspaceId, contactId)
    for (const { id } of [kept, ...joined])
      record(tx, workspaceId, { kind: 'CONVERSATION_CHANGED', contactId, conversationId: id })
  }
  return kept.id
}

interface Found {
  id: string
  seq: number
  subject: string
  people: string
  others: string
  status: string
  isInUse: number
  isLarge: number
}

/** In the order of their ids, as everybody locks several of them. */
const lockAll = (tx: Tx, workspaceId: string, { contactId, ids }: Several) =>
  tx.many<Found>(
    sql`select v.id, v.seq, v.subject, v.people, v.others, v.status,
          case when v.assigned_to_id is not null or v.visitor_id is not null or exists (
            select 1 from messages m where m.workspace_id = v.workspace_id and m.conversation_id = v.id
              and m.sender_type = 'AGENT' and m.mail_key is null) then 1 else 0 end as "isInUse",
          case when (select count(*) from (
            select 1 from messages n where n.workspace_id = v.workspace_id and n.conversation_id = v.id
            limit ${limits.joinedMessages + 1}) as few) > ${limits.joinedMessages} then 1 else 0 end as "isLarge"
        from conversations v
        where v.workspace_id = ${workspaceId} and v.contact_id = ${contactId} and v.id in (${list(ids)})
        order by v.id ${held(tx)}`,
  )

const move = async (tx: Tx, workspaceId: string, { each, into }: { each: Found; into: string }): Promise<void> => {
  const its = sql`workspace_id = ${workspaceId} and conversation_id = ${each.id}`
  await tx.run(sql`update messages set conversation_id = ${into} where ${its}`)
  await moveReferences(tx, { its, into })
  await moveParticipants(tx, { its, into })
  const row = { workspaceId, table: 'conversations', seq: each.seq } as const
  await removeFromSearch(tx, row, (version) => conversationTerms(each, version))
  await tx.run(sql`delete from conversations where workspace_id = ${workspaceId} and id = ${each.id}`)
}

const moveParticipants = async (tx: Queries, { its, into }: { its: ReturnType<typeof sql>; into: string }) => {
  await tx.run(
    sql`insert into participants (workspace_id, conversation_id, email_key, address, name, role, since, removed_at, bounced_at)
        select workspace_id, ${into}, email_key, address, name, role, since, removed_at, bounced_at from participants
        where ${its} on conflict do nothing`,
  )
  await tx.run(sql`delete from participants where ${its}`)
}

const moveReferences = async (tx: Queries, { its, into }: { its: ReturnType<typeof sql>; into: string }) => {
  await tx.run(
    sql`insert into mail_references (workspace_id, contact_id, reference, conversation_id)
        select workspace_id, contact_id, reference, ${into} from mail_references where ${its} on conflict do nothing`,
  )
  await tx.run(sql`delete from mail_references where ${its}`)
}
