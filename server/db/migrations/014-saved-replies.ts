import type { Migration } from '../migrate.ts'

export const savedReplies: Migration = {
  name: '014-saved-replies',
  statements: ({ key }) => [
    `create table saved_replies (
       id ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       shortcut ${key} not null,
       title text not null,
       content_text text not null,
       created_at ${key} not null,
       unique (workspace_id, shortcut))`,
  ],
}
