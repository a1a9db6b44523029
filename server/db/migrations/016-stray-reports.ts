import type { Migration } from '../migrate.ts'

// Delivery reports about mails that nobody here has sent: no message, so that they open nothing; the raw mail is in
// mail_pieces under their id.
export const strayReports: Migration = {
  name: '016-stray-reports',
  statements: ({ key, int }) => [
    `create table stray_reports (
       workspace_id ${key} not null references workspaces (id),
       id ${key} not null,
       channel_id ${key} references channels (id),
       reason text not null,
       mail_key ${key} not null,
       size ${int} not null,
       created_at ${key} not null,
       primary key (workspace_id, id),
       unique (workspace_id, mail_key))`,
  ],
}
