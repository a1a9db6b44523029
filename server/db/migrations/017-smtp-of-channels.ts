import type { Migration } from '../migrate.ts'

// Whether smtp_url was set on the command line: by the operator, who may name any host.
export const smtpOfChannels: Migration = {
  name: '017-smtp-of-channels',
  statements: ({ int }) => [`alter table channels add column smtp_by_operator ${int} not null default 0`],
}
