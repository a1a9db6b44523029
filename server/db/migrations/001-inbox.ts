import type { Migration } from '../migrate.ts'

// Times are ISO 8601 texts in UTC with milliseconds: of fixed width, so that they sort as they are.
// A message's seq is its own date (unix milliseconds × 1024 + n): order in a conversation, order of search.
// Four characters of workspace code stand in front of every search term, so prefixes of 1 to 8 letters are 5 to 12.
const ftsIndex = (name: string) => [
  `create virtual table ${name}_terms using fts5 (
     terms, content = '', columnsize = 0, detail = none, tokenize = 'ascii', prefix = '5 6 7 8 9 10 11 12')`,
  // deleted terms leave the index's pages at once, not at some later merge
  `insert into ${name}_terms (${name}_terms, rank) values ('secure-delete', 1)`,
  // FTS5 merges 64 of its pages at a time, within somebody's commit: small ones keep that short
  `insert into ${name}_terms (${name}_terms, rank) values ('pgsz', 1000)`,
  // reads the index itself, for `check`
  `create virtual table ${name}_vocabulary using fts5vocab(${name}_terms, instance)`,
]

const ginIndex = (name: string) => [
  `create table ${name}_terms (
     workspace_id text collate "C" not null, seq bigint not null, terms tsvector not null, primary key (workspace_id, seq))`,
  `create index ${name}_terms_by_term on ${name}_terms using gin (terms) with (fastupdate = off)`,
]

export const first: Migration = {
  name: '001-inbox',
  statements: ({ key, int, bytes, serial, clustered }) => [
    `create table workspaces (
       seq ${serial},
       id ${key} not null unique,
       name text not null,
       created_at ${key} not null)`,

    `create table agents (
       id ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       name ${key} not null,
       email ${key},
       created_at ${key} not null,
       unique (workspace_id, name))`,

    `create table api_keys (
       id ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       agent_id ${key} references agents (id),
       name text,
       scope ${key} not null,
       hash ${key} not null unique,
       hint text not null,
       created_at ${key} not null,
       expires_at ${key},
       revoked_at ${key})`,

    `create table channels (
       id ${key} primary key,
       workspace_id ${key} not null references workspaces (id),
       kind ${key} not null,
       name text not null,
       email ${key},
       created_at ${key} not null)`,

    `create table contacts (
       seq ${serial},
       id ${key} not null,
       workspace_id ${key} not null references workspaces (id),
       email ${key} not null,
       email_key ${key},
       name text not null,
       name_is_derived ${int} not null,
       avatar_url text,
       phone text,
       status ${key} not null,
       source ${key} not null,
       created_at ${key} not null,
       activity_at ${key} not null,
       thread_count ${int} not null default 0,
       latest_conversation_id ${key},
       last_message_seq ${int} not null default 0,
       last_message_at ${key},
       last_message_preview text,
       unique (workspace_id, id),
       unique (workspace_id, email_key))`,
    `create index contacts_by_activity on contacts (workspace_id, activity_at, id)`,
    `create index contacts_by_status on contacts (workspace_id, status, activity_at, id)`,

    `create table conversations (
       seq ${serial},
       id ${key} not null,
       workspace_id ${key} not null,
       contact_id ${key} not null,
       channel_id ${key} references channels (id),
       assigned_to_id ${key} references agents (id),
       status ${key} not null,
       source ${key} not null,
       subject text not null,
       created_at ${key} not null,
       unread_count ${int} not null default 0,
       activity_at ${key} not null,
       last_message_seq ${int} not null default 0,
       last_message_at ${key},
       last_message_preview text,
       unique (workspace_id, id),
       foreign key (workspace_id, contact_id) references contacts (workspace_id, id))`,
    `create index conversations_by_contact on conversations (workspace_id, contact_id, activity_at, id)`,
    `create index conversations_by_status on conversations (workspace_id, status, activity_at, id)`,
    `create index conversations_not_archived on conversations (workspace_id, activity_at, id) where status <> 'ARCHIVED'`,

    `create table messages (
       seq ${int} primary key,
       id ${key} not null,
       workspace_id ${key} not null,
       conversation_id ${key} not null,
       contact_id ${key} not null,
       agent_id ${key} references agents (id),
       direction ${key} not null,
       sender_type ${key} not null,
       is_note ${int} not null,
       is_unread ${int} not null,
       status ${key} not null,
       content_text text not null,
       content_html text,
       preview text not null,
       created_at ${key} not null,
       sent_at ${key},
       attachment_count ${int} not null default 0,
       mail_id ${key},
       mail_key ${key},
       mail_size ${int},
       unique (workspace_id, id),
       unique (workspace_id, mail_key),
       foreign key (workspace_id, conversation_id) references conversations (workspace_id, id))`,
    `create index messages_in_order on messages (workspace_id, conversation_id, seq)`,
    `create index messages_of_contact on messages (workspace_id, contact_id, seq)`,
    `create index messages_unread on messages (workspace_id, conversation_id) where is_unread = 1`,

    `create table attachments (
       workspace_id ${key} not null,
       message_id ${key} not null,
       number ${int} not null,
       name text not null,
       content_type text not null,
       size ${int} not null,
       primary key (workspace_id, message_id, number),
       foreign key (workspace_id, message_id) references messages (workspace_id, id)) ${clustered}`,

    // the raw mail in pieces of at most 1 MB; written before its message, so without a foreign key
    `create table mail_pieces (
       workspace_id ${key} not null,
       message_id ${key} not null,
       number ${int} not null,
       bytes ${bytes} not null,
       primary key (workspace_id, message_id, number))`,

    // every Message-ID that a mail has or refers to, for the next mail of the same contact
    `create table mail_references (
       workspace_id ${key} not null,
       contact_id ${key} not null,
       reference ${key} not null,
       conversation_id ${key} not null,
       primary key (workspace_id, contact_id, reference, conversation_id),
       foreign key (workspace_id, conversation_id) references conversations (workspace_id, id)) ${clustered}`,
    `create index mail_references_of_conversation on mail_references (workspace_id, conversation_id)`,
  ],
  only: {
    sqlite: [...ftsIndex('contacts'), ...ftsIndex('conversations'), ...ftsIndex('messages')],
    postgres: [...ginIndex('contacts'), ...ginIndex('conversations'), ...ginIndex('messages')],
  },
}
