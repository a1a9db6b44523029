import type { Migration } from '../migrate.ts'

// Jobs are claimed queue by queue, and in a queue workspace by workspace: one index finds the queues that have something due,
// the other the workspaces and their oldest job. A queue that cannot be served now is paused, whatever waits in it.
export const jobQueues: Migration = {
  name: '031-job-queues',
  statements: ({ key }) => [
    `alter table jobs add column queue ${key} not null default ''`,
    `drop index jobs_by_due`,
    `create index jobs_by_queue on jobs (queue, due_at)`,
    `create index jobs_by_workspace on jobs (queue, workspace_id, due_at, id)`,
    `create table paused_queues (queue ${key} primary key, paused_until ${key} not null, reason text not null)`,
  ],
}
