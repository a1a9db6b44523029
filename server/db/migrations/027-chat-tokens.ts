import type { Migration } from '../migrate.ts'

// A conversation of a chat is its opener's. A visitor is verified for an address, not for whatever contact they are at.
// Who opened an older conversation is known where the contact has one visitor in that chat; where it has several, only those
// count whom the site had vouched for. Their tokens end, because one of them may be somebody else's: whoever has the
// site's signature gets a new one, and with it their conversations.
export const chatTokens: Migration = {
  name: '027-chat-tokens',
  statements: ({ key, int, clustered }) => [
    `alter table conversations add column visitor_id ${key}`,
    `alter table chat_visitors add column verified_key ${key}`,
    `alter table chat_visitors add column token_number ${int} not null default 0`,
    `alter table chat_visitors add column used_at ${key} not null default ''`,
    `update chat_visitors set token_number = 1, verified_key = (
       select email_key from contacts c where c.workspace_id = chat_visitors.workspace_id and c.id = chat_visitors.contact_id)
     where is_verified = 1`,
    `alter table chat_visitors drop column is_verified`,
    `update conversations set visitor_id = (
       select case when count(verified_key) > 0 then min(case when verified_key is not null then o.id end)
         when count(*) = 1 then min(o.id) end
       from chat_visitors o where o.workspace_id = conversations.workspace_id and o.contact_id = conversations.contact_id
         and o.channel_id = conversations.channel_id)
     where source = 'CHAT'`,
    // tokens of visitors of whom nothing is stored
    `create table ended_chat_tokens (
       workspace_id ${key} not null,
       visitor_id ${key} not null,
       ended_at ${key} not null,
       primary key (workspace_id, visitor_id)) ${clustered}`,
    `create index ended_chat_tokens_by_age on ended_chat_tokens (ended_at)`,
  ],
  only: {
    sqlite: [`update chat_visitors set used_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`],
    postgres: [`update chat_visitors set used_at = to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`],
  },
}
