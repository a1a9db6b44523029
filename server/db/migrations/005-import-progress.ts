import type { Migration } from '../migrate.ts'

// How far an import is, written by its process every few seconds for those who watch it from elsewhere.
export const importProgress: Migration = {
  name: '005-import-progress',
  statements: ({ key, int }) => [
    `create table imports (
       workspace_id ${key} not null references workspaces (id),
       id ${key} not null,
       items_read ${int} not null,
       stored ${int} not null,
       duplicates ${int} not null,
       failed ${int} not null,
       updated_at ${key} not null,
       primary key (workspace_id, id))`,
  ],
}
