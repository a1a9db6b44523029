import type { Migration } from '../migrate.ts'

// People who sign in. Invitations and sessions are known by the SHA-256 of what their holder has; one that was used or
// ended is gone. A stored answer belongs to whoever asked: a key, or now a session.
export const agents: Migration = {
  name: '011-agents',
  statements: ({ key }) => [
    `alter table agents add column email_key ${key}`,
    `alter table agents add column role ${key} not null default 'AGENT'`,
    `alter table agents add column status ${key} not null default 'ACTIVE'`,
    `alter table agents add column password_hash text`,
    `create unique index agents_by_email on agents (email_key, workspace_id)`,

    `create table invitations (
       hash ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       agent_id ${key} not null references agents (id),
       kind ${key} not null,
       created_at ${key} not null,
       expires_at ${key} not null)`,
    `create index invitations_of_agent on invitations (agent_id)`,

    `create table sessions (
       id ${key} primary key,
       hash ${key} not null unique,
       workspace_id ${key} not null references workspaces (id),
       agent_id ${key} not null references agents (id),
       user_agent text not null,
       created_at ${key} not null,
       last_used_at ${key} not null,
       expires_at ${key} not null)`,
    `create index sessions_of_agent on sessions (agent_id, id)`,
  ],
  only: {
    sqlite: [
      `create table new_answers (
         workspace_id text not null,
         caller_id text not null,
         idempotency_key text not null,
         request_hash text not null,
         contact_id text,
         status integer not null,
         body text not null,
         created_at text not null,
         primary key (workspace_id, caller_id, idempotency_key))`,
      `insert into new_answers
         select workspace_id, api_key_id, idempotency_key, request_hash, contact_id, status, body, created_at from answers`,
      `drop table answers`,
      `alter table new_answers rename to answers`,
      `create index answers_by_age on answers (created_at)`,
      `create index answers_of_contact on answers (workspace_id, contact_id)`,
    ],
    postgres: [
      `alter table answers drop constraint answers_api_key_id_fkey`,
      `alter table answers rename column api_key_id to caller_id`,
      `alter table rate_counts rename column api_key_id to caller_id`,
    ],
  },
}
