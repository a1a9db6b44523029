import type { Migration } from '../migrate.ts'

// failure_reason: why a FAILED message did not reach anybody. is_automatic: written by a program, not by a person.
// is_waiting: the job waits for something to be set up, not for its time.
export const email: Migration = {
  name: '009-email',
  statements: ({ int }) => [
    `alter table messages add column failure_reason text`,
    `alter table messages add column is_automatic ${int} not null default 0`,
    `alter table jobs add column is_waiting ${int} not null default 0`,
  ],
}
