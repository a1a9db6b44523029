import { changeContact } from '../contacts/create.ts'
import { holdContact, type StoredContact } from '../contacts/queries.ts'
import { recountContact } from '../contacts/recount.ts'
import type { Queries, Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { deleteContact } from '../erasure/queries.ts'
import { record } from '../events/queries.ts'
import { contactChanged } from '../search/people.ts'
import { contactTerms } from '../search/terms.ts'
import { removeFromSearch } from '../search/write.ts'

/** Everything of a contact that turned out to be another one goes to that one; the empty contact goes. */
export const merge = async (tx: Tx, workspaceId: string, ids: { from: string; into: string }): Promise<void> => {
  const from = (await holdContact(tx, workspaceId, ids.from))!
  const into = (await holdContact(tx, workspaceId, ids.into))!
  for (const { id } of await conversationsOf(tx, workspaceId, from.id))
    record(tx, workspaceId, { kind: 'CONVERSATION_CHANGED', contactId: into.id, conversationId: id })
  await moveAll(tx, workspaceId, ids)
  await removeFromSearch(tx, { workspaceId, table: 'contacts', seq: from.seq }, (version) =>
    contactTerms(from, version),
  )
  await deleteContact(tx, workspaceId, from.id)
  record(tx, workspaceId, { kind: 'CONTACT_ERASED' })
  const after = withWhatIsMissing({ from, into })
  await contactChanged(tx, workspaceId, await changeContact(tx, workspaceId, { before: into, after }))
  await recountContact(tx, workspaceId, into.id)
}

interface Two {
  from: StoredContact
  into: StoredContact
}

const withWhatIsMissing = ({ from, into }: Two): StoredContact => ({
  ...into,
  ...(into.nameIsDerived && !from.nameIsDerived ? { name: from.name, nameIsDerived: 0 } : {}),
  phone: into.phone ?? from.phone,
  avatarUrl: into.avatarUrl ?? from.avatarUrl,
  status: from.status === 'ACTIVE' ? 'ACTIVE' : into.status,
})

const conversationsOf = (tx: Queries, workspaceId: string, contactId: string) =>
  tx.many<{ id: string }>(
    sql`select id from conversations where workspace_id = ${workspaceId} and contact_id = ${contactId}`,
  )

const moveAll = async (tx: Queries, workspaceId: string, { from, into }: { from: string; into: string }) => {
  const theirs = sql`where workspace_id = ${workspaceId} and contact_id = ${from}`
  await tx.run(
    sql`update conversations set contact_id = ${into}, former_contact_id = coalesce(former_contact_id, contact_id) ${theirs}`,
  )
  await tx.run(
    sql`update messages set contact_id = ${into}, client_key = case when client_key in (
          select client_key from messages where workspace_id = ${workspaceId} and contact_id = ${into}
            and client_key is not null) then null else client_key end ${theirs}`,
  )
  await tx.run(sql`update mail_references set contact_id = ${into} ${theirs}`)
  await tx.run(sql`update answers set contact_id = ${into} ${theirs}`)
  await tx.run(sql`update events set contact_id = ${into} ${theirs}`)
  await tx.run(sql`update chat_visitors set contact_id = ${into} ${theirs}`)
}
