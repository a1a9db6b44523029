import type { Migration } from '../migrate.ts'

// messages.mail_to: the recipient in the envelope of its mail; null: it left before this migration. has_bounce_address: its
// envelope sender carried a token. workspaces.reports_trusted_until: until then a report about an older mail needs no proof.
// channels.bounce_refused_at: when its SMTP server refused such an envelope sender.
// stray_reports.names: the addresses in what is kept of it; null: it is still kept whole. received_size: bytes as it came.
export const deliveryReports: Migration = {
  name: '024-delivery-reports',
  statements: ({ key, int }) => [
    `alter table messages add column mail_to ${key}`,
    `alter table messages add column has_bounce_address ${int} not null default 0`,
    `alter table workspaces add column reports_trusted_until ${key}`,
    `alter table channels add column bounce_refused_at ${key}`,
    'alter table stray_reports add column names text',
    `alter table stray_reports add column received_size ${int}`,
    'create index stray_reports_by_age on stray_reports (created_at)',
    'create index stray_reports_whole on stray_reports (workspace_id, id) where names is null',
  ],
  only: {
    sqlite: [`update workspaces set reports_trusted_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+14 days')`],
    postgres: [
      `update workspaces set reports_trusted_until =
         to_char((now() + interval '14 days') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    ],
  },
}
