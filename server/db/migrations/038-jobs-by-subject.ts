import type { Migration } from '../migrate.ts'

// A message that has not left yet says why: its job is looked up by the message.
export const jobsBySubject: Migration = {
  name: '038-jobs-by-subject',
  statements: () => [`create index jobs_by_subject on jobs (workspace_id, subject_id)`],
}
