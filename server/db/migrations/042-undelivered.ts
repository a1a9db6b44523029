import type { Migration } from '../migrate.ts'

// conversations.is_undelivered: its newest reply has FAILED. messages.html_version: of what has cleaned content_html; 0: it had
// no styles yet.
export const undelivered: Migration = {
  name: '042-undelivered',
  statements: ({ int }) => [
    `alter table conversations add column is_undelivered ${int} not null default 0`,
    `alter table messages add column html_version ${int} not null default 0`,
    `update conversations set is_undelivered = 1 where id in (
       select f.conversation_id from messages f
       where f.status = 'FAILED' and not exists (
         select 1 from messages n where n.workspace_id = f.workspace_id and n.conversation_id = f.conversation_id
           and n.seq > f.seq and n.direction = 'OUTBOUND'))`,
    `create index conversations_undelivered on conversations (workspace_id, status, activity_at, id) where is_undelivered = 1`,
  ],
}
