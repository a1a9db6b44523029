import { timestamp } from '../current-time.ts'
import type { Queries, Tx } from '../db/db.ts'
import { waitAlone } from '../db/locks.ts'
import { nothing, sql } from '../db/sql.ts'
import { domainOf } from '../email-address.ts'
import { fail } from '../errors.ts'
import { signInHosts } from '../mailbox-providers.ts'
import { hasOtherWorkspaces } from '../workspaces/queries.ts'

/** A workspace that may have channels at a domain, and below it. */
export interface Domain {
  workspaceId: string
  domain: string
  reason: 'FIRST' | 'SHARED' | 'ALLOWED'
  createdAt: string
}

const columns = sql`workspace_id as "workspaceId", domain, reason, created_at as "createdAt"`

/**
 * The domain of a new channel's address is the workspace's if nobody else has it. The same refusal whether or not somebody has
 * the very address. A mailbox provider's domain is nobody's: there `isProven` says that the workspace has signed in to the mailbox.
 */
export const claimDomain = async (
  tx: Tx,
  workspaceId: string,
  { email, isProven }: { email: string; isProven: boolean },
): Promise<void> => {
  // one claim at a time: the keys of a domain and of the one above it are no conflict for the database
  await waitAlone(tx, 'domains')
  const domain = domainOf(email)
  if (signInHosts(domain)) {
    if (!isProven && (await hasOtherWorkspaces(tx, workspaceId))) fail('mailbox_not_proven')
    return
  }
  const related = await relatedDomains(tx, domain)
  if (related.some((own) => own.workspaceId === workspaceId && covers(own.domain, domain))) return
  const isOthers = (row: Domain) => row.workspaceId !== workspaceId
  if (related.filter(isOthers).some((other) => covers(other.domain, domain) || covers(domain, other.domain)))
    fail('domain_not_allowed')
  await addDomain(tx, { workspaceId, domain, reason: 'FIRST' })
}

/** The domain itself, and those above and below it. */
const relatedDomains = (tx: Queries, domain: string) =>
  tx.many<Domain>(
    sql`select ${columns} from domains
        where domain = ${domain} or ${domain} like '%.' || domain or domain like '%.' || ${domain}`,
  )

/** Whoever has a domain has those below it, too, but nobody has everything below co.uk. */
const covers = (domain: string, asked: string): boolean =>
  domain === asked || (asked.endsWith(`.${domain}`) && !publicSuffix.test(domain))

const publicSuffix = /^(?:(?:ac|co|com|edu|gob|go|gov|gv|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}|[^.]+)$/

export const addDomain = (tx: Queries, { workspaceId, domain, reason }: Omit<Domain, 'createdAt'>) =>
  tx.run(
    sql`insert into domains (workspace_id, domain, reason, created_at)
        values (${workspaceId}, ${domain}, ${reason}, ${timestamp()})
        on conflict (workspace_id, domain) do update set reason = excluded.reason`,
  )

export const listDomains = (db: Queries) =>
  db.many<Domain>(sql`select ${columns} from domains order by domain, created_at`)

/** Of one workspace or of all. */
export const removeDomain = (tx: Queries, domain: string, workspaceId: string | undefined) =>
  tx.run(
    sql`delete from domains where domain = ${domain}
          ${workspaceId === undefined ? nothing : sql`and workspace_id = ${workspaceId}`}`,
  )
