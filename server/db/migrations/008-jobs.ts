import type { Migration } from '../migrate.ts'

// A job that is being worked on is due again when its lease ends, so one whose process was killed is taken again.
// tries counts how often it was taken, failures how often that failed.
export const jobs: Migration = {
  name: '008-jobs',
  statements: ({ key, int }) => [
    `create table jobs (
       id ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       kind ${key} not null,
       subject_id ${key} not null,
       created_at ${key} not null,
       due_at ${key} not null,
       tries ${int} not null default 0,
       failures ${int} not null default 0,
       last_error text)`,
    `create index jobs_by_due on jobs (due_at, id)`,
  ],
}
