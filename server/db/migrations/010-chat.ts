import type { Migration } from '../migrate.ts'

// A visitor is a browser that has written: whom it stands for, and whether the site has vouched for that.
// client_key is the id that the sender gave a message, so that one sent twice is stored once.
export const chat: Migration = {
  name: '010-chat',
  statements: ({ key, int }) => [
    `create table chat_visitors (
       workspace_id ${key} not null,
       id ${key} not null,
       channel_id ${key} not null references channels (id),
       contact_id ${key} not null,
       is_verified ${int} not null,
       claim text,
       created_at ${key} not null,
       primary key (workspace_id, id),
       foreign key (workspace_id, contact_id) references contacts (workspace_id, id))`,
    `create index chat_visitors_of_contact on chat_visitors (workspace_id, contact_id)`,
    `alter table messages add column client_key ${key}`,
    `create unique index messages_by_client_key on messages (workspace_id, contact_id, client_key)
       where client_key is not null`,
  ],
}
