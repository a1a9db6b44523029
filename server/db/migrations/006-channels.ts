import type { Migration } from '../migrate.ts'

// A deleted channel stays for the conversations that came through it; its address and its keys are free or gone.
export const channels: Migration = {
  name: '006-channels',
  statements: ({ key }) => [
    `alter table channels add column email_key ${key}`,
    `alter table channels add column smtp_url text`,
    `alter table channels add column publishable_key ${key}`,
    `alter table channels add column secret text`,
    `alter table channels add column allowed_origins text`,
    `alter table channels add column fields text`,
    `alter table channels add column return_to text`,
    `alter table channels add column deleted_at ${key}`,
    `create index channels_of_workspace on channels (workspace_id, id)`,
    `create unique index channels_by_email on channels (email_key) where deleted_at is null`,
    `create unique index channels_by_publishable_key on channels (publishable_key)`,
  ],
}
