import type { Address } from '../conversations/schema.ts'
import type { Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import { emailKey, isEmail } from '../email-address.ts'
import type { Addresses } from '../messages/addresses.ts'
import { participantsChanged } from '../search/people.ts'

const messagesAStep = 10

interface Row {
  id: string
  addresses: string
  fromName: string | null
  fromEmail: string | null
  replyTo: string | null
  mailTo: string | null
}

/**
 * Takes a contact's address off what is stored of mails in the conversations of others, where they took part, a few messages
 * at a time; false when nothing is left. The mails of the others themselves stay as they came.
 */
export const eraseFromOthers = async (tx: Tx, workspaceId: string, key: string | null): Promise<boolean> => {
  if (key === null) return false
  const found = await tx.one<{ conversationId: string; address: string }>(
    sql`select conversation_id as "conversationId", address from participants
        where workspace_id = ${workspaceId} and email_key = ${key} limit 1`,
  )
  if (!found) return false
  const { conversationId, address } = found
  const rows = await tx.many<Row>(
    sql`select id, addresses, from_name as "fromName", from_email as "fromEmail", reply_to as "replyTo", mail_to as "mailTo"
        from messages where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
          and (${named(address)} or ${named(key)}) limit ${messagesAStep}`,
  )
  for (const row of rows) await eraseFrom(tx, workspaceId, { row, keys: new Set([key, address.toLowerCase()]) })
  if (rows.length === 0) {
    await tx.run(
      sql`delete from participants where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
            and email_key = ${key}`,
    )
    await participantsChanged(tx, workspaceId, conversationId)
  }
  return true
}

/** As JSON has it; which letters of ASCII are capital does not count. */
const named = (email: string) => {
  const text = `%"email":${JSON.stringify(email).replace(/[!%_]/g, '!$&')}%`
  return sql`(addresses like ${text} escape '!' or lower(addresses) like ${text.toLowerCase()} escape '!')`
}

const eraseFrom = async (
  tx: Tx,
  workspaceId: string,
  { row, keys }: { row: Row; keys: Set<string> },
): Promise<void> => {
  const isTheirs = (email: string | null) =>
    email !== null && (keys.has(email.toLowerCase()) || (isEmail(email) && keys.has(emailKey(email))))
  const without = (list: Address[]) => list.filter(({ email }) => !isTheirs(email))
  const { from, replyTo, to, cc, bcc } = JSON.parse(row.addresses) as Addresses
  const addresses: Addresses = {
    from: from && isTheirs(from.email) ? null : from,
    replyTo: without(replyTo),
    to: without(to),
    cc: without(cc),
    bcc: without(bcc),
  }
  const isFromThem = isTheirs(row.fromEmail)
  await tx.run(
    sql`update messages set addresses = ${JSON.stringify(addresses)}, from_name = ${isFromThem ? null : row.fromName},
          from_email = ${isFromThem ? null : row.fromEmail}, reply_to = ${isTheirs(row.replyTo) ? null : row.replyTo},
          mail_to = ${isTheirs(row.mailTo) ? '' : row.mailTo}
        where workspace_id = ${workspaceId} and id = ${row.id}`,
  )
}
