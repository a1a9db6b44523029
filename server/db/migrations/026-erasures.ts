import type { Migration } from '../migrate.ts'

// An erasure of a contact: nothing in it tells which one. scrubbed_at: when the bytes of the files had nothing left of it.
export const erasures: Migration = {
  name: '026-erasures',
  statements: ({ key }) => [
    `create table erasures (
       workspace_id ${key} not null references workspaces (id),
       id ${key} not null,
       erased_at ${key} not null,
       scrubbed_at ${key},
       primary key (workspace_id, id))`,
    'create index erasures_by_age on erasures (erased_at)',
    'create index erasures_not_scrubbed on erasures (workspace_id, id) where scrubbed_at is null',
  ],
}
