import type { Migration } from '../migrate.ts'

// Files that were sent to be imported. The file itself is in DATA_DIR of the server that took it, until it is done.
// held_until: until then somebody looks after it; own, problems and unused_columns are lists as JSON.
export const importFiles: Migration = {
  name: '019-import-files',
  statements: ({ key, int }) => [
    `create table import_files (
       workspace_id ${key} not null references workspaces (id),
       id ${key} not null,
       name text not null,
       kind ${key} not null,
       own text not null,
       conversation_status ${key} not null,
       status ${key} not null,
       reason text,
       items_read ${int} not null default 0,
       stored ${int} not null default 0,
       already_there ${int} not null default 0,
       failed ${int} not null default 0,
       contacts ${int} not null default 0,
       conversations ${int} not null default 0,
       bytes_read ${int} not null default 0,
       bytes ${int} not null,
       problems text not null default '[]',
       unused_columns text not null default '[]',
       tries ${int} not null default 0,
       stops ${int} not null default 0,
       held_until ${key} not null,
       created_at ${key} not null,
       finished_at ${key},
       primary key (workspace_id, id))`,
    'create index import_files_unfinished on import_files (id) where finished_at is null',
  ],
}
