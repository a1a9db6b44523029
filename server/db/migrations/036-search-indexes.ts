import type { Migration } from '../migrate.ts'

// The search index has a version, and each version tables of its own: the next one is built beside it (server/rebuild).
// contacts, conversations, messages: the last seq of each that is in an index being built. people: whose words a
// conversation's terms have, since a removal needs just the terms that were added.
const tables = ['contacts', 'conversations', 'messages']

export const searchIndexes: Migration = {
  name: '036-search-indexes',
  statements: ({ key, int }) => [
    `create table search_indexes (
       version ${int} primary key,
       state ${key} not null,
       changed_at ${key} not null,
       contacts ${int} not null default 0,
       conversations ${int} not null default 0,
       messages ${int} not null default 0,
       rows_done ${int} not null default 0,
       rows_total ${int} not null default 0)`,
    `insert into search_indexes (version, state, changed_at) values (1, 'ACTIVE', '')`,
    `alter table conversations add column people text not null default ''`,
  ],
  only: {
    sqlite: tables.flatMap((name) => [
      `drop table ${name}_vocabulary`,
      `alter table ${name}_terms rename to ${name}_terms_1`,
      `create virtual table ${name}_vocabulary_1 using fts5vocab(${name}_terms_1, instance)`,
    ]),
    postgres: tables.flatMap((name) => [
      `alter table ${name}_terms rename to ${name}_terms_1`,
      `alter index ${name}_terms_by_term rename to ${name}_terms_1_by_term`,
    ]),
  },
}
