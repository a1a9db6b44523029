import { mailboxDomains } from '../../mailbox-providers.ts'
import type { Migration } from '../migrate.ts'

// Which workspaces may have EMAIL channels at a domain, and why: FIRST used it, SHARED it when this began, or was ALLOWED by
// the operator. Several may; channels/domains.ts lets one claim a domain at a time.
const claim = (domain: string) => `
  insert into domains (workspace_id, domain, reason, created_at)
  select workspace_id, domain, case when count(*) over (partition by domain) > 1 then 'SHARED' else 'FIRST' end, created_at
  from (select workspace_id, ${domain} as domain, min(created_at) as created_at from channels
        where kind = 'EMAIL' and deleted_at is null and email_key is not null group by 1, 2) as used
  where domain not in (${mailboxDomains.map((name) => `'${name}'`).join(', ')})`

export const domains: Migration = {
  name: '030-domains',
  statements: ({ key, clustered }) => [
    `create table domains (
       workspace_id ${key} not null references workspaces (id),
       domain ${key} not null,
       reason ${key} not null,
       created_at ${key} not null,
       primary key (workspace_id, domain)) ${clustered}`,
  ],
  only: {
    sqlite: [claim(`substr(email_key, instr(email_key, '@') + 1)`)],
    postgres: [claim(`split_part(email_key, '@', 2) collate "C"`)],
  },
}
