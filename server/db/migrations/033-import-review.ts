import type { Migration } from '../migrate.ts'

// settings: what was asked for besides (include, update, map), as JSON. columns: those of a CSV that waits for a review,
// as JSON. left_out: how many mails, by reason, as JSON.
export const importReview: Migration = {
  name: '033-import-review',
  statements: ({ int }) => [
    "alter table import_files add column settings text not null default '{}'",
    'alter table import_files add column columns text',
    "alter table import_files add column left_out text not null default '{}'",
    `alter table import_files add column updated ${int} not null default 0`,
  ],
}
