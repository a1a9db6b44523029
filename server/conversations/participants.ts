import { timestamp } from '../current-time.ts'
import { splitReplyAddress } from '../channels/reserved.ts'
import type { Queries, Tx } from '../db/db.ts'
import { list, sql } from '../db/sql.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { limits } from '../limits.ts'
import { participantsChanged } from '../search/people.ts'
import { replyToOf } from './queries.ts'
import type { Address, Participant, ParticipantRole, Recipients } from './schema.ts'

export interface Named {
  address: Address
  role: ParticipantRole
}

interface Added {
  conversationId: string
  people: Named[]
  since: string
  /** An agent wrote to them: whoever was removed takes part again. */
  isWanted?: boolean
}

/** The first `limits.participants`; who takes part already stays as they are. */
export const addParticipants = async (
  tx: Tx,
  workspaceId: string,
  { conversationId, people, since, isWanted = false }: Added,
): Promise<void> => {
  const byKey = new Map(people.map((one) => [emailKey(one.address.email), one] as const).toReversed())
  if (byKey.size === 0) return
  const known = await keysIn(tx, workspaceId, conversationId)
  const added = [...byKey].toReversed().filter(([key]) => !known.has(key))
  for (const [key, { address, role }] of added.slice(0, Math.max(0, limits.participants - known.size)))
    await tx.run(
      sql`insert into participants (workspace_id, conversation_id, email_key, address, name, role, since)
          values (${workspaceId}, ${conversationId}, ${key}, ${address.email}, ${nameOf(address)}, ${role}, ${since})
          on conflict do nothing`,
    )
  if (added.length > 0) await participantsChanged(tx, workspaceId, conversationId)
  const returning = isWanted ? [...byKey.keys()].filter((key) => known.get(key)) : []
  if (returning.length > 0)
    await tx.run(
      sql`update participants set removed_at = null where workspace_id = ${workspaceId}
            and conversation_id = ${conversationId} and email_key in (${list(returning)})`,
    )
}

const nameOf = ({ name }: Address): string => name.slice(0, limits.nameCharacters).toWellFormed()

/** With whether they were removed. */
const keysIn = async (db: Queries, workspaceId: string, conversationId: string) => {
  const rows = await db.many<{ key: string; isRemoved: number }>(
    sql`select email_key as key, case when removed_at is null then 0 else 1 end as "isRemoved" from participants
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId}`,
  )
  return new Map(rows.map(({ key, isRemoved }) => [key, isRemoved === 1]))
}

/** Also where they were removed: their answer to an earlier mail belongs here. */
export const isParticipant = async (
  db: Queries,
  workspaceId: string,
  { conversationId, key }: { conversationId: string; key: string },
): Promise<boolean> =>
  (await db.one(
    sql`select email_key from participants
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and email_key = ${key}`,
  )) !== undefined

/** Resolves to whether somebody with this address took part. */
export const removeParticipant = async (
  tx: Queries,
  workspaceId: string,
  { conversationId, email }: { conversationId: string; email: string },
): Promise<boolean> =>
  (await tx.run(
    sql`update participants set removed_at = ${timestamp()}
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and email_key = ${emailKey(email)}
          and removed_at is null`,
  )) > 0

/** A mail to them could not be delivered: replies leave them out. */
export const setBounced = (
  tx: Queries,
  workspaceId: string,
  { conversationId, key }: { conversationId: string; key: string },
) =>
  tx.run(
    sql`update participants set bounced_at = ${timestamp()}
        where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and email_key = ${key}`,
  )

/** The contact first, then the others by when they came. */
export const listParticipants = async (db: Queries, workspaceId: string, conversationId: string) =>
  db.many<Participant>(
    sql`select c.email, c.name, c.id as "contactId", 'CONTACT' as role, v.created_at as since
        from conversations v join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
        where v.workspace_id = ${workspaceId} and v.id = ${conversationId}
        union all
        select * from (
          select p.address, case when p.name = '' then coalesce(c.name, '') else p.name end, c.id, p.role, p.since
          from participants p left join contacts c on c.workspace_id = p.workspace_id and c.email_key = p.email_key
          where p.workspace_id = ${workspaceId} and p.conversation_id = ${conversationId} and p.removed_at is null
          order by p.since, p.email_key) as others`,
  )

/**
 * Whom a reply goes to: the author of the customer's newest mail, and whom else that mail went to, but for our own addresses,
 * removed people and addresses that bounced. To the author alone where no address of ours is named in it, as in Bcc, and where
 * there are more than `limits.replyRecipients`.
 */
export const replyRecipients = async (
  db: Queries,
  workspaceId: string,
  conversationId: string,
): Promise<Recipients> => {
  const to = await authorOf(db, workspaceId, conversationId)
  const named = await namedWith(db, workspaceId, conversationId)
  if (named.length === 0 || !(await isAnyOurs(db, workspaceId, named))) return { to, cc: [] }
  const cc = await othersAmong(db, workspaceId, { conversationId, named, to })
  return { to, cc: to.length + cc.length > limits.replyRecipients ? [] : cc }
}

const authorOf = async (db: Queries, workspaceId: string, conversationId: string): Promise<Address[]> => {
  const email = await replyToOf(db, workspaceId, conversationId)
  const author = await db.one<Address>(
    email === null
      ? sql`select c.name, c.email from conversations v join contacts c on c.workspace_id = v.workspace_id
              and c.id = v.contact_id where v.workspace_id = ${workspaceId} and v.id = ${conversationId} and c.email_key is not null`
      : sql`select name, address as email from participants where workspace_id = ${workspaceId}
              and conversation_id = ${conversationId} and email_key = ${emailKey(email)}`,
  )
  if (author) return [author]
  return email === null ? [] : [{ name: '', email }]
}

/** Who is in To and Cc of the customer's newest mail. */
const namedWith = async (db: Queries, workspaceId: string, conversationId: string): Promise<Address[]> => {
  const row = await db.one<{ addresses: string | null }>(
    sql`select addresses from messages where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
          and direction = 'INBOUND' and is_automatic = 0 and claims_to_be_ours = 0 order by seq desc limit 1`,
  )
  if (!row?.addresses) return []
  const { to, cc } = JSON.parse(row.addresses) as { to: Address[]; cc: Address[] }
  return [...to, ...cc].filter(({ email }) => isEmail(email))
}

/** Whether a channel, open or closed, or a reply address of one is among them. */
const isAnyOurs = async (db: Queries, workspaceId: string, named: Address[]): Promise<boolean> => {
  const keys = named.map(({ email }) => emailKey(email)).map((key) => splitReplyAddress(key)?.email ?? key)
  if (named.some(({ email }) => splitReplyAddress(emailKey(email))?.channelTick !== undefined)) return true
  return (
    (await db.one(
      sql`select id from channels where workspace_id = ${workspaceId} and email_key in (${list(keys)}) limit 1`,
    )) !== undefined
  )
}

interface Others {
  conversationId: string
  named: Address[]
  to: Address[]
}

/** Those of them who take part. An address that has become a channel's since is ours. */
const othersAmong = async (db: Queries, workspaceId: string, { conversationId, named, to }: Others) => {
  const first = new Set(to.map(({ email }) => emailKey(email)))
  const keys = [...new Set(named.map(({ email }) => emailKey(email)))].filter((key) => !first.has(key))
  if (keys.length === 0) return []
  const found = await db.many<Address & { key: string }>(
    sql`select p.email_key as key, p.name, p.address as email from participants p
        where p.workspace_id = ${workspaceId} and p.conversation_id = ${conversationId} and p.email_key in (${list(keys)})
          and p.removed_at is null and p.bounced_at is null and not exists (
            select 1 from channels h where h.workspace_id = p.workspace_id and h.email_key = p.email_key)
        union all
        select c.email_key, c.name, c.email from conversations v join contacts c on c.workspace_id = v.workspace_id
          and c.id = v.contact_id
        where v.workspace_id = ${workspaceId} and v.id = ${conversationId} and c.email_key in (${list(keys)})`,
  )
  const byKey = new Map(found.map(({ key, ...address }) => [key, address]))
  return keys.flatMap((key) => byKey.get(key) ?? [])
}
